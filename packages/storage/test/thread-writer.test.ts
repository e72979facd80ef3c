import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from '@plexus/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Group } from '../src/group-commit.ts';

import { openForWriting } from '../src/sqlite/open.ts';
import { createThreadWriter } from '../src/sqlite/thread-writer.ts';
import type { StorageError } from '../src/storage-error.ts';

const built = existsSync(new URL('../dist/sqlite/worker.js', import.meta.url));
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plexus-thread-'));
  path = join(folder, 'books.db');
});
afterEach(() => rm(folder, { recursive: true }));

/** A job paid with an amount that is none. */
const BROKEN = {
  type: 'recordJob',
  job: { id: 'job', accountId: 'a', attempts: [], decisions: [], params: {}, content: '', createdAt: new Date(0) },
  payments: [{ nodeId: 'n', payeeId: 'p', fee: 0n, feesId: 'f' }],
  scores: [],
} as unknown as Command;
const ignore = (): void => undefined;
const open = (id: string, name: unknown = id): Group => [
  {
    type: 'openAccount',
    account: { id, kind: 'client', name, createdAt: new Date(0) },
    grant: 0n,
    mintId: 'm',
  } as Command,
];

describe.skipIf(!built)('thread writer (skipped: NOT TESTED without npx tsc -b packages/storage)', () => {
  it('brings refusals over the border whole, and other failures by name and message', async () => {
    const writer = await createThreadWriter(path, ignore);
    const revoke: Group = [{ type: 'revokeKey', keyId: 'key_1', at: new Date(0) }];
    const results = await writer.write([revoke, open('a'), open('b', true)]);
    expect(results).toMatchObject([
      { ok: false, error: { name: 'DomainError', code: 'KEY_NOT_FOUND', details: { keyId: 'key_1' } } },
      { ok: true, outcome: { accounts: [{ id: 'a', createdAt: new Date(0) }] } },
      { ok: false, error: { name: 'StorageError', code: 'write_failed' } },
    ]);
    await writer.close();
  });

  it('fails only the group that cannot be sent to a thread', async () => {
    const writer = await createThreadWriter(path, ignore);
    const results = await writer.write([open('a'), open('b', () => 1), open('c')]);
    expect(results.map(({ ok }) => ok)).toEqual([true, false, true]);
    await writer.close();
  });

  it('reports its death once, rejects what waits for it and everything after', async () => {
    const deaths: StorageError[] = [];
    const writer = await createThreadWriter(path, (error) => deaths.push(error));
    // No rule sees it: the thread throws where nothing catches it.
    const waiting = writer.write([[BROKEN]]);
    await expect(waiting).rejects.toMatchObject({ name: 'StorageError', code: 'writer_died' });
    await expect(writer.write([open('a')])).rejects.toMatchObject({ code: 'writer_died' });
    await writer.close();
    expect(deaths).toHaveLength(1);
  });

  it('gives a start ten minutes, in which a large database is migrated', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const starting = createThreadWriter(path, ignore);
    vi.advanceTimersByTime(599_000);
    vi.useRealTimers();
    await (await starting).close();
  });

  it('refuses to start over a database of a newer program', async () => {
    const database = openForWriting(path);
    database.exec('INSERT INTO schema_version (version, applied_at) VALUES (99, 0)');
    database.close();
    await expect(createThreadWriter(path, ignore)).rejects.toMatchObject({ code: 'newer_schema' });
  });
});
