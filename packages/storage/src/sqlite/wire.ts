import { DomainError, type ErrorCode, type ErrorDetails, type Outcome } from '@plexus/core';
import type { GroupResult } from '../group-commit.ts';
import { messageOf, StorageError, type StorageErrorCode } from '../storage-error.ts';
import type { WireCommand } from './packed.ts';

/** What the main thread says to the writer, one at a time: each batch is answered before the next. */
export type ToWriter =
  | { readonly type: 'write'; readonly groups: readonly (readonly WireCommand[])[] }
  | { readonly type: 'close' };

/** What the writer says: first that it is ready or why not, then an answer to each batch. */
export type FromWriter =
  | { readonly type: 'ready' }
  | { readonly type: 'refused'; readonly error: WireError }
  | { readonly type: 'written'; readonly results: readonly WireResult[] };

/**
 * One group's result. The results of a batch travel in one message, in which an account that many outcomes share is
 * copied once.
 */
export type WireResult =
  | { readonly ok: true; readonly outcome: Outcome }
  | { readonly ok: false; readonly error: WireError };

/** An error as it crosses the threads: a structured clone would lose its class and its own fields. */
export type WireError =
  | {
      readonly type: 'domain';
      readonly code: ErrorCode;
      readonly message: string;
      readonly details: ErrorDetails[ErrorCode];
    }
  | { readonly type: 'storage'; readonly code: StorageErrorCode; readonly message: string; readonly cause?: unknown }
  | { readonly type: 'other'; readonly error: unknown };

export function toWireResult(result: GroupResult): WireResult {
  return result.ok ? result : { ok: false, error: toWireError(result.error) };
}

export function fromWireResult(result: WireResult): GroupResult {
  return result.ok ? result : { ok: false, error: fromWireError(result.error) };
}

export function toWireError(error: unknown): WireError {
  if (error instanceof DomainError) {
    const { code, message, details } = error as DomainError;
    return { type: 'domain', code, message, details };
  }
  if (error instanceof StorageError) {
    return { type: 'storage', code: error.code, message: error.message, cause: plain(error.cause) };
  }
  return { type: 'other', error: plain(error) };
}

export function fromWireError(wire: WireError): unknown {
  switch (wire.type) {
    case 'domain':
      return new DomainError(wire.code, wire.message, wire.details);
    case 'storage':
      return new StorageError(wire.code, wire.message, { cause: wire.cause });
    case 'other':
      return wire.error;
  }
}

/** A copy that can be cloned whatever the error carries: its name where it is a standard one, message and stack. */
function plain(error: unknown): Error {
  const copy = new Error(messageOf(error));
  if (error instanceof Error) Object.assign(copy, { name: error.name, stack: error.stack });
  return copy;
}
