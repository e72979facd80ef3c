import { booksConformance, createMemoryBooks } from '@plexus/testkit';
import { openSqlite } from './open-sqlite.ts';

booksConformance('memory', async () => {
  const books = createMemoryBooks();
  return { books, dispose: () => books.close() };
});

booksConformance('sqlite, inline', () => openSqlite('inline'));
