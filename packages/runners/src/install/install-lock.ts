import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '@plexus/protocol';
import { isAlive } from '../alive.ts';

const RETRY_MS = 500;

export interface LockOptions {
  readonly path: string;
  readonly signal: AbortSignal;
  /** How long to wait for the holder; also the age at which a lock is no longer believed. */
  readonly timeoutMs: number;
}

/**
 * Keeps two processes from doing the same costly thing at once. It saves work only: what is done
 * inside must stay correct when a lock of a dead process is taken over by two at the same moment.
 */
export async function withLock<T>(options: LockOptions, work: () => Promise<T>): Promise<T> {
  await acquire(options);
  try {
    return await work();
  } finally {
    await rm(options.path, { force: true });
  }
}

async function acquire({ path, signal, timeoutMs }: LockOptions): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await create(path))) {
    if (await isStale(path, timeoutMs)) await rm(path, { force: true });
    else if (performance.now() > deadline) throw new Error(`Another process holds ${path}`);
    else await sleep(RETRY_MS, undefined, { signal });
  }
}

async function create(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function isStale(path: string, maxAgeMs: number): Promise<boolean> {
  try {
    const [{ mtimeMs }, text] = await Promise.all([stat(path), readFile(path, 'utf8')]);
    if (Date.now() - mtimeMs > maxAgeMs) return true;
    // An empty lock is being written this moment.
    return text !== '' && !isAlive(Number(text));
  } catch {
    return false;
  }
}
