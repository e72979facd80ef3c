/** SQLite lets several write to one file, one after another: what they write must add up all the same. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqliteBooks } from '@plexus/storage';
import { twoWritersConformance } from '@plexus/testkit';

twoWritersConformance('sqlite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plexus-two-writers-'));
  const open = () => createSqliteBooks({ path: join(folder, 'books.db'), writer: 'inline' });
  const [first, second] = [await open(), await open()];
  return {
    writers: [first, second],
    async dispose() {
      await Promise.all([first.close(), second.close()]);
      await rm(folder, { recursive: true });
    },
  };
});
