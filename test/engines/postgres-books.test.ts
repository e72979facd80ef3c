/** The books on a real PostgreSQL server: what is asked of every implementation. */
import { createPostgresBooks } from '@plexus/storage';
import { booksConformance } from '@plexus/testkit';
import { afterAll, beforeAll } from 'vitest';
import { startPostgres, type TestPostgres } from '../support/postgres.mjs';
import { createDatabase } from '../support/postgres-databases.ts';

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres({ isDurable: false });
}, 60_000);
afterAll(() => server.stop(), 60_000);

for (const writers of ['one', 'several'] as const) {
  booksConformance(`postgres, ${writers}`, async () => {
    const url = await createDatabase(server);
    let books = await createPostgresBooks({ url, writers });
    return {
      books,
      async reopen() {
        books = await createPostgresBooks({ url, writers });
        return books;
      },
      dispose: () => books.close(),
    };
  });
}
