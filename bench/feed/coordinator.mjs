/** A whole coordinator whose feed can be read from its books, to be compared with what readers heard. */
import { join } from 'node:path';
import { stat } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { createLogger, startCoordinator } from '@plexus/coordinator';
import { createSqliteBooks } from '@plexus/storage';
import { serveParent, settingsOfChild, tellParent } from '../child.mjs';
import { addTo, emptyDigest } from './digest.mjs';

const GRANT_CREDITS = 1_000_000_000;
const PAGE_COMMITS = 64;

const { home } = settingsOfChild();
await stat(home);
const before = threads();
const books = await createSqliteBooks({ path: join(home, 'plexus.db') });
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
  async last() {
    const { openJobs } = await books.read.totals();
    tellParent({ type: 'last', seq: await books.read.lastEvent(), openJobs });
  },
  events: ({ after }) => digestEvents(Number(after)),
  stop: () => coordinator.close(),
});
const { url, operatorKey } = coordinator;
tellParent({ type: 'ready', url, operatorKey, storageThreads });

/** @returns {number[]} */
function threads() {
  return readdirSync('/proc/self/task').map(Number);
}

/**
 * What each account's readers, those of receipts alone, and an operator's must have heard.
 *
 * @param {number} after
 */
async function digestEvents(after) {
  const all = emptyDigest();
  const receipts = emptyDigest();
  /** @type {Record<string, import('./digest.mjs').Digest>} */
  const accounts = {};
  let jobUpdates = 0;
  for (let from = after; ;) {
    const { events, through } = await books.read.listEvents({ after: from, limit: PAGE_COMMITS });
    for (const { sequence, event } of events) {
      addTo(all, sequence);
      if (event.type === 'marketplace_update') continue;
      addTo((accounts[event.accountId] ??= emptyDigest()), sequence);
      if (event.type === 'receipt_created') addTo(receipts, sequence);
      else jobUpdates += 1;
    }
    if (through === from) break;
    from = through;
  }
  tellParent({ type: 'events', all, receipts, accounts, jobUpdates });
}
