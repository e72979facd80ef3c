import type { BooksDriver } from '../driver.ts';
import type { Database } from './adapter.ts';
import { prepareLoad } from './load.ts';
import type { ReceiptRow } from './node-rows.ts';
import type { PackedJob } from './packed.ts';
import { prepareSave } from './save.ts';

/** Writes the books into SQLite. The lock is taken at `begin`, so what was loaded is still so at `commit`. */
export function createSqliteDriver(database: Database): BooksDriver<PackedJob, ReceiptRow> {
  const load = prepareLoad(database);
  const save = prepareSave(database);
  const last = database.prepare('SELECT MAX(leaf_index) AS last FROM receipt');
  /** Kept between batches as long as they succeed. Another process that writes makes one fail, and it is read anew. */
  let leafCount: number | undefined;
  let newLeaves = 0;

  return {
    begin() {
      database.exec('BEGIN IMMEDIATE');
      newLeaves = 0;
    },
    load(touched) {
      leafCount ??= Number(last.get()?.['last'] ?? -1) + 1;
      return load(touched, leafCount);
    },
    save(draft) {
      save(draft);
      newLeaves = draft.leaves.size;
    },
    commit() {
      database.exec('COMMIT');
      leafCount = leafCount === undefined ? undefined : leafCount + newLeaves;
    },
    rollback() {
      leafCount = undefined;
      try {
        database.exec('ROLLBACK');
      } catch {
        // A full disk has rolled back already; a transaction that is still open shows at the next `begin`.
      }
    },
    close: () => database.close(),
  };
}
