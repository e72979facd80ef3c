import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRefusal } from '@plexus/core';
import {
  artifactStoreConformance,
  createMemoryArtifacts,
  inPieces,
  sha256Of,
  STORE_BYTES,
  textOf,
} from '@plexus/testkit';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openFileArtifacts } from '../packages/coordinator/src/artifacts/file-artifact-store.ts';
import { Records } from '../packages/coordinator/src/artifacts/records.ts';

const LIMITS = { maxBytes: STORE_BYTES, maxAccountBytes: STORE_BYTES, maxFiles: 1000 };
const NOON = new Date('2026-01-01T12:00:00Z');

artifactStoreConformance('memory', async () => ({
  store: createMemoryArtifacts({ maxBytes: STORE_BYTES }),
  dispose: async () => undefined,
}));

artifactStoreConformance('files', async () => {
  const home = await mkdtemp(join(tmpdir(), 'plexus-artifacts-'));
  return {
    store: await openFileArtifacts(home, LIMITS),
    reopen: () => openFileArtifacts(home, LIMITS),
    dispose: () => rm(home, { recursive: true }),
  };
});

async function folder(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'plexus-artifacts-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  return home;
}

function intake(id: string, accountId = 'a') {
  const fields = { kind: 'bundle', id, accountId, createdAt: NOON, expiresAt: NOON } as const;
  return {
    accountId,
    maxBytes: 1000,
    record: (facts: { sha256: string; sizeBytes: number }) => ({ ...facts, ...fields }),
  };
}

async function filesIn(home: string): Promise<readonly string[]> {
  return (await readdir(home, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}

test('an id from outside is never a path, and only the owner of the home may read what is kept', async () => {
  const home = await folder();
  const store = await openFileArtifacts(join(home, 'artifacts'), LIMITS);
  await store.add(inPieces('hello'), intake('../../../etc/passwd\0'));
  const names = await filesIn(home);
  expect(names).toHaveLength(2);
  for (const name of names) expect(name).toMatch(/^[0-9a-f]{64}(\.json)?$/);
  const { mode } = await stat(join(home, 'artifacts', 'content', sha256Of('hello')));
  expect(mode & 0o777).toBe(0o600);
});

test('what a crash left half done is gone when it is opened again', async () => {
  const home = await folder();
  const store = await openFileArtifacts(home, LIMITS);
  const kept = await store.add(inPieces('kept'), intake('kept'));
  const lost = await store.add(inPieces('lost'), intake('lost'));
  await writeFile(join(home, 'incoming', 'half'), 'half an upload');
  await writeFile(join(home, 'content', sha256Of('orphan')), 'orphan');
  await writeFile(join(home, 'records', 'torn.json'), '{"kind":"bundle"');
  await rm(join(home, 'content', lost.sha256));
  const again = await openFileArtifacts(home, LIMITS);
  expect([await again.find('kept'), await again.find('lost')]).toEqual([kept, undefined]);
  expect(await again.usage()).toEqual({ bundles: 1, outputs: 0, bytes: 4 });
  expect(await filesIn(home)).toHaveLength(2);
});

test('one account cannot take the room of all others', async () => {
  const store = await openFileArtifacts(await folder(), { ...LIMITS, maxAccountBytes: 8 });
  await store.add(inPieces('12345'), intake('a1'));
  const refused = await store.add(inPieces('67890'), intake('a2')).catch((error: unknown) => error);
  expect(isRefusal(refused, 'STORAGE_FULL')).toBe(true);
  await store.add(inPieces('67890'), intake('b1', 'b'));
  await store.remove(['a1']);
  await store.add(inPieces('67890'), intake('a2'));
});

test('there are no more files than there may be, while they arrive too', async () => {
  const store = await openFileArtifacts(await folder(), { ...LIMITS, maxFiles: 2 });
  const outcomes = await Promise.allSettled(['1', '2', '3'].map((id) => store.add(inPieces(id), intake(id))));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
});

test('a record that cannot be written leaves no content behind', async () => {
  const home = await folder();
  const store = await openFileArtifacts(home, LIMITS);
  await rm(join(home, 'records'), { recursive: true });
  await expect(store.add(inPieces('hello'), intake('a'))).rejects.toThrow('ENOENT');
  expect(await store.find('a')).toBeUndefined();
  expect(await filesIn(home)).toEqual([]);
  await expect(readFile(join(home, 'content', sha256Of('hello')))).rejects.toThrow('ENOENT');
});

test('a content that somebody has deleted is not there any more, until it is brought again', async () => {
  const home = await folder();
  const store = await openFileArtifacts(home, LIMITS);
  const lost = await store.add(inPieces('lost'), intake('lost'));
  await rm(join(home, 'content', lost.sha256));
  const opened = await store.open(lost).catch((error: unknown) => error);
  expect(isRefusal(opened, 'ARTIFACT_NOT_FOUND')).toBe(true);
  expect([await store.find('lost'), await store.usage()]).toEqual([undefined, { bundles: 0, outputs: 0, bytes: 0 }]);
  expect(await textOf(await store.open(await store.add(inPieces('lost'), intake('lost'))))).toBe('lost');
});

test('a disk that has room for a content and none for its record is full', async () => {
  const home = await folder();
  const store = await openFileArtifacts(home, LIMITS);
  const kept = await store.add(inPieces('kept'), intake('kept'));
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  vi.spyOn(Records.prototype, 'save').mockRejectedValue(full);
  onTestFinished(() => void vi.restoreAllMocks());
  const writes = [store.add(inPieces('hello'), intake('a')), store.update(kept)];
  for (const write of await Promise.allSettled(writes)) {
    expect(write.status === 'rejected' && isRefusal(write.reason, 'STORAGE_FULL')).toBe(true);
  }
  expect(await store.usage()).toEqual({ bundles: 1, outputs: 0, bytes: 4 });
});
