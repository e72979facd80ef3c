import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownBooks } from '@plexus/storage';
import { afterEach, beforeEach, expect, it } from 'vitest';

let path: string;
beforeEach(() => void (path = join(mkdtempSync(join(tmpdir(), 'plexus-owned-')), 'plexus.db')));
afterEach(() => rmSync(join(path, '..'), { recursive: true }));

it('books are refused while somebody has them, and free once he has given them up', async () => {
  const disown = await ownBooks(path);
  await expect(ownBooks(path, { ms: 0 })).rejects.toMatchObject({ code: 'in_use' });
  disown();
  // A second time is nothing.
  disown();
  (await ownBooks(path, { ms: 0 }))();
});

it('books are handed over to who waits for them, and the wait keeps nothing else from going on', async () => {
  const disown = await ownBooks(path);
  const next = ownBooks(path);
  disown();
  (await next)();
});

it('the wait for them ends with the signal', async () => {
  const disown = await ownBooks(path);
  const stop = new AbortController();
  const next = ownBooks(path, { signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(next).rejects.toThrow('enough');
  disown();
});
