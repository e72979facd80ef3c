import { open, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '@plexus/protocol';

/** Longer than any work under a lock takes: who holds it so long was ended in the middle. */
const STALE_MS = 5000;
const TRY_EVERY_MS = 10;

/** Does work on a file that others, in any process, want to change at the same time: one after another. */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  while (!(await isTaken(lock))) {
    await breakStale(lock);
    await sleep(TRY_EVERY_MS);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function isTaken(lock: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** One of a time that is still to come is stale, too: the clock has been set back since. */
async function breakStale(lock: string): Promise<void> {
  const taken = await stat(lock).catch(() => undefined);
  if (taken && Math.abs(Date.now() - taken.mtimeMs) > STALE_MS) await rm(lock, { force: true });
}
