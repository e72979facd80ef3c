/**
 * What went wrong: no way to open the database; one written by a newer program; a write that did not reach the
 * disk and left nothing; a write whose fate is unknown because its writer died; closed.
 */
export type StorageErrorCode = 'unavailable' | 'newer_schema' | 'write_failed' | 'writer_died' | 'closed';

/** A failure of the storage itself, as opposed to a refusal by the rules. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
