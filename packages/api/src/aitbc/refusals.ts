import { DomainError } from '@plexus/core';
import type { FieldProblem } from '@plexus/protocol';
import { PROGRAM_TYPE, registryNames } from './service-names.ts';

export function invalid({ field, message }: FieldProblem): DomainError {
  return new DomainError('INVALID_INPUT', message, { field });
}

export function unknownType(type: string, message: string): DomainError {
  const available = [PROGRAM_TYPE, ...registryNames()];
  return new DomainError('UNKNOWN_JOB_TYPE', `${message}; there are ${available.join(', ')}`, { type, available });
}
