import { existsSync } from 'node:fs';
import { booksConformance } from '@plexus/testkit';
import { describe, it } from 'vitest';
import { openSqlite } from './open-sqlite.ts';

if (existsSync(new URL('../dist/sqlite/worker.js', import.meta.url))) {
  booksConformance('sqlite, thread', () => openSqlite('thread'));
} else {
  describe('books: sqlite, thread', () => {
    it.skip('NOT TESTED: there is no built worker; run npx tsc -b packages/storage first', () => undefined);
  });
}
