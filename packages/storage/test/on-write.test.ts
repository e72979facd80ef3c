import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from '@plexus/core';
import { expect, it, onTestFinished } from 'vitest';
import { createSqliteBooks } from '../src/index.ts';

const open = (name: unknown): Command =>
  ({
    type: 'openAccount',
    account: { id: 'a', kind: 'client', name, createdAt: new Date(0) },
    grant: 0n,
    mintId: 'm',
  }) as Command;

it('tells of each batch whether it was written; what the rules refuse says nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plexus-on-write-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const told: (string | undefined)[] = [];
  const onWrite = (failure?: { readonly code: string }): void => void told.push(failure?.code);
  const books = await createSqliteBooks({ path: join(folder, 'books.db'), writer: 'inline', onWrite });
  onTestFinished(() => books.close());

  await expect(books.commit(open(true))).rejects.toMatchObject({ code: 'write_failed' });
  await expect(books.commit({ type: 'revokeKey', keyId: 'k', at: new Date(0) })).rejects.toMatchObject({
    code: 'KEY_NOT_FOUND',
  });
  await books.commit(open('a'));
  expect(told).toEqual(['write_failed', undefined]);
});
