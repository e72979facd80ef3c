import { DomainError } from '@plexus/core';

/**
 * An instant of a body whose schema has looked at its form: a leap second is a time to RFC 3339 but not to Date.
 *
 * @throws {DomainError} INVALID_INPUT
 */
export function toDate(text: string, field: string): Date {
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date;
  throw new DomainError('INVALID_INPUT', `${field}: is not a time`, { field });
}
