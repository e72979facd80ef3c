import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqliteBooks } from '@plexus/storage';
import type { OpenedBooks } from '@plexus/testkit';

/** Books in a folder of their own, which goes with them. */
export async function openSqlite(writer: 'inline' | 'thread'): Promise<OpenedBooks> {
  const folder = await mkdtemp(join(tmpdir(), 'plexus-books-'));
  const path = join(folder, 'books.db');
  let books = await createSqliteBooks({ path, writer });
  return {
    books,
    async reopen() {
      books = await createSqliteBooks({ path, writer });
      return books;
    },
    async dispose() {
      await books.close();
      await rm(folder, { recursive: true });
    },
  };
}
