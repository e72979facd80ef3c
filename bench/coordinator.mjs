/** Ours: a whole coordinator, with durable commits and signed receipts, rate limits off. */
import { readdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createLogger, startCoordinator } from '@plexus/coordinator';
import { createPostgresBooks, createSqliteBooks } from '@plexus/storage';
import { serveParent, settingsOfChild, tellParent } from './child.mjs';

/** Enough for any run: a task costs 10 credits. */
const GRANT_CREDITS = 1_000_000_000;

const { home, database } = settingsOfChild();
// Starts libuv's own threads, so that those that come with the books can be told apart.
await stat(home);
const before = threads();
const books = database
  ? await createPostgresBooks({ url: database })
  : await createSqliteBooks({ path: join(home, 'plexus.db') });
const receiptsBefore = await books.read.countLeaves();
const storageThreads = threads().filter((id) => !before.includes(id));

const coordinator = await startCoordinator({
  home,
  host: '127.0.0.1',
  port: 0,
  rateLimits: 'off',
  registerGrantCredits: GRANT_CREDITS,
  logger: createLogger({ level: 'warn' }),
  books,
});

serveParent({
  async check({ accountIds }) {
    const { sum, held, openJobs } = await books.read.totals();
    const receipts = (await books.read.countLeaves()) - receiptsBefore;
    let spent = 0n;
    for (const id of accountIds) spent += (await books.read.findAccount(id))?.spent ?? 0n;
    tellParent({ type: 'checked', sum: `${sum}`, held: `${held}`, spent: `${spent}`, openJobs, receipts });
  },
  memory() {
    // Only there with --expose-gc.
    globalThis.gc?.();
    tellParent({ type: 'memory', ...process.memoryUsage() });
  },
  stop: () => coordinator.close(),
});
tellParent({ type: 'ready', url: coordinator.url, storageThreads, engine: engine() });

/** @returns {number[]} */
function threads() {
  return readdirSync('/proc/self/task').map(Number);
}

/** What the books were opened with. */
function engine() {
  if (database) return 'postgres';
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  return loaded.some((path) => path.includes('/libsql/')) ? 'libsql' : 'node:sqlite';
}
