/**
 * What went wrong: the database cannot be reached; it was written by a newer program; a write that did not reach the
 * disk and left nothing; one whose fate is not known, since its writer died or the database was lost and did not come
 * back; another writer has the books; they are older than what was written to them; they are closed.
 */
export type StorageErrorCode =
  | 'unavailable'
  | 'newer_schema'
  | 'write_failed'
  | 'writer_died'
  | 'fate_unknown'
  | 'in_use'
  | 'went_back'
  | 'closed';

/** A failure of the books' storage itself, as opposed to a refusal by the rules. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
