/** Books whose writer has a thread of its own: half a second for each case, which is too long for `npm test`. */
import { booksConformance } from '@plexus/testkit';
import { openSqlite } from '../../packages/storage/test/open-sqlite.ts';

booksConformance('sqlite, thread', () => openSqlite('thread'));
