import type { Draft, LoadedState, NewJob, Touched } from '@plexus/core';

/**
 * One database connection that writes the books. A batch is `begin`, `load`, `save`, `commit`; after any of them
 * throws, `rollback` leaves the database as it was before `begin`. Several drivers may write to one database as
 * long as `begin` keeps the others out.
 */
export interface BooksDriver<J extends NewJob, R> {
  begin(): void;
  /** Everything that the rules look at; what does not exist is left out. */
  load(touched: Touched): LoadedState;
  /** Writes what the rules changed. */
  save(draft: Draft<J, R>): void;
  /** Answers when the batch is on disk. */
  commit(): void;
  rollback(): void;
  close(): void;
}
