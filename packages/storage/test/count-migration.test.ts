import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Database } from '../src/sqlite/adapter.ts';
import { openConnection } from '../src/sqlite/library.ts';
import { migrate, MIGRATIONS } from '../src/sqlite/migrations.ts';
import { COUNTED, COUNTS_VERSION, EARLIER_BOOKS } from './books-before-counts.ts';

let folder: string;
let database: Database;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plexus-migration-'));
  database = openConnection(join(folder, 'books.db'));
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

it('counts what was there before there were counts', () => {
  migrate(database, MIGRATIONS.slice(0, COUNTS_VERSION - 1));
  database.exec(EARLIER_BOOKS);
  migrate(database);
  for (const [sql, rows] of COUNTED) {
    const found = database.prepare(sql).all();
    expect(found.map((row) => Object.values(row))).toEqual(rows);
  }
});
