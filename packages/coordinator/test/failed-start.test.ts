/** What is left of a coordinator of which a part does not start: nothing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Books } from '@plexus/core';
import { createMemoryBooks } from '@plexus/testkit';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { createLogger, startCoordinator } from '../src/index.ts';

let home: string;
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), 'plexus-failed-start-'))));
afterEach(() => rmSync(home, { recursive: true }));

/** Starts one whose books answer otherwise, and says how often they were closed, and how many intervals go on. */
async function failWith(change: Partial<Books['read']>): Promise<{ closed: number; begun: number; left: number }> {
  const begun = vi.spyOn(globalThis, 'setInterval');
  const ended = vi.spyOn(globalThis, 'clearInterval');
  onTestFinished(() => void vi.restoreAllMocks());
  const books = createMemoryBooks();
  let closed = 0;
  const read = { ...books.read, ...change };
  const close = async () => void closed++;
  const options = { home, host: '127.0.0.1', port: 0, rateLimits: 'off' } as const;
  const logger = createLogger({ level: 'silent' });
  const starting = startCoordinator({ ...options, logger, books: { ...books, read, close } });
  await expect(starting).rejects.toThrow(/broken|ENOTDIR/);
  const left = new Set(begun.mock.results.map(({ value }) => value as unknown));
  for (const [interval] of ended.mock.calls) left.delete(interval);
  return { closed, begun: begun.mock.results.length, left: left.size };
}

test('the books are closed when the folder of files cannot be opened', async () => {
  writeFileSync(join(home, 'artifacts'), '');
  expect(await failWith({})).toMatchObject({ closed: 1 });
});

test('all that goes on by itself ends when the listener cannot be made', async () => {
  const countJobs = () => Promise.reject(new Error('broken'));
  const { closed, begun, left } = await failWith({ countJobs });
  expect(begun).toBeGreaterThan(0);
  expect({ closed, left }).toEqual({ closed: 1, left: 0 });
});
