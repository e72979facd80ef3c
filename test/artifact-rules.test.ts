/** How long files of clients and jobs are kept, with time that moves only when it is told to. */
import { type Caller, createBundles, createOutputs, isRefusal, type Job } from '@plexus/core';
import { createMemoryArtifacts, inPieces, sha256Of, textOf } from '@plexus/testkit';
import { describe, expect, it } from 'vitest';
import { tar } from '../packages/runners/test/archives.ts';

const HOUR_MS = 3_600_000;
const KEEP_MS = 24 * HOUR_MS;
const START = Date.UTC(2026, 0, 1);
const CALLER: Caller = { accountId: 'a', keyId: 'k', role: 'client', scopes: ['submit'], limited: false };
const ARCHIVE = tar([{ name: 'model.py' }]).toString('latin1');
const SHA256 = sha256Of(ARCHIVE);

function world() {
  let now = START;
  let tokens = 0;
  const store = createMemoryArtifacts();
  const kept = { store, clock: () => new Date(now), keepMs: KEEP_MS };
  return {
    store,
    bundles: createBundles(kept),
    outputs: createOutputs({ ...kept, newToken: () => `token-${tokens++}` }),
    /** Lets time pass, and then removes what has expired. */
    async pass(milliseconds: number) {
      now += milliseconds;
      await store.removeExpired(new Date(now));
    },
  };
}

async function codeOf(promise: Promise<unknown> | undefined): Promise<string> {
  try {
    await promise;
    return 'passed';
  } catch (error) {
    if (isRefusal(error, 'INVALID_INPUT')) return `${error.code} ${error.details.field}`;
    if (isRefusal(error, 'ARTIFACT_NOT_FOUND') || isRefusal(error, 'FORBIDDEN')) return error.code;
    throw error;
  }
}

function aJob(changes: Partial<Job> = {}): Job {
  return {
    id: 'job-1',
    accountId: 'a',
    service: 'python',
    content: '{}',
    params: {},
    state: 'running',
    hold: 0n,
    unitPrice: 0n,
    cost: 0n,
    epoch: 2,
    attempts: [],
    decisions: [],
    createdAt: new Date(START),
    deadlineAt: new Date(START + HOUR_MS),
    ...changes,
  };
}

function aFile(name: string, content: string) {
  return { name, content: inPieces(content), sha256: sha256Of(content), sizeBytes: Buffer.byteLength(content) };
}

describe('a bundle', () => {
  const request = { caller: CALLER, service: 'python', params: { bundle: SHA256 } };
  const upload = ({ bundles }: ReturnType<typeof world>, caller = CALLER) =>
    bundles.upload(caller, inPieces(ARCHIVE), undefined);

  it('lives on from its last use, and is gone a while after that', async () => {
    const network = world();
    await upload(network);
    await network.pass(KEEP_MS - HOUR_MS);
    expect(await codeOf(network.bundles.requireFor(request))).toBe('passed');
    await network.pass(KEEP_MS - HOUR_MS);
    expect(await codeOf(network.bundles.requireFor(request))).toBe('passed');
    await network.pass(KEEP_MS + 1);
    expect(await codeOf(network.bundles.requireFor(request))).toBe('INVALID_INPUT params.bundle');
    expect(await network.store.usage()).toEqual({ bundles: 0, outputs: 0, bytes: 0 });
  });

  it('outlives every job that was just admitted with it', async () => {
    const network = world();
    const { expiresAt } = await upload(network);
    await network.pass(HOUR_MS - 1);
    await network.bundles.requireFor(request);
    const kept = await network.bundles.find('a', SHA256);
    expect(kept?.expiresAt).toEqual(expiresAt);
    expect((kept?.expiresAt.getTime() ?? 0) - (START + HOUR_MS - 1)).toBeGreaterThan(2 * HOUR_MS);
  });

  it('is asked for only where the service takes one', async () => {
    const { bundles } = world();
    expect(bundles.requireFor({ ...request, service: 'echo' })).toBeUndefined();
    expect(bundles.requireFor({ ...request, params: {} })).toBeUndefined();
  });

  it('needs a key that may submit', async () => {
    expect(await codeOf(upload(world(), { ...CALLER, scopes: ['read'] }))).toBe('FORBIDDEN');
  });

  it.each([
    ['nothing', ''],
    ['a text', 'x'.repeat(600)],
    ['the end of a zip only', 'PK\u0005\u0006'],
  ])('that is %s is none', async (_what, content) => {
    const { bundles, store } = world();
    expect(await codeOf(bundles.upload(CALLER, inPieces(content), undefined))).toBe('INVALID_INPUT body');
    expect((await store.usage()).bytes).toBe(0);
  });
});

describe('an output', () => {
  it('of a job that completed under its lease is kept for a while', async () => {
    const network = world();
    const { outputs, store } = network;
    const file = await outputs.keep(aJob(), aFile('a.txt', 'hello'));
    await network.pass(HOUR_MS);
    await outputs.settle(aJob({ state: 'completed' }));
    await network.pass(KEEP_MS - 1);
    expect(await textOf(await store.open(await outputs.get(file.id, 'a.txt')))).toBe('hello');
    await network.pass(1);
    expect(await codeOf(outputs.get(file.id, 'a.txt'))).toBe('ARTIFACT_NOT_FOUND');
  });

  it.each<[string, Partial<Job>]>([
    ['failed', { state: 'failed' }],
    ['was cancelled', { state: 'cancelled' }],
    ['completed under another lease', { state: 'completed', epoch: 3 }],
  ])('of a job that %s goes at once', async (_how, end) => {
    const { outputs, store } = world();
    await outputs.keep(aJob(), aFile('a.txt', 'hello'));
    await outputs.settle(aJob(end));
    expect(await store.usage()).toEqual({ bundles: 0, outputs: 0, bytes: 0 });
  });

  it('is not found under another name, and a bundle not as an output', async () => {
    const { outputs, bundles } = world();
    const file = await outputs.keep(aJob(), aFile('a.txt', 'hello'));
    const { id } = await bundles.upload(CALLER, inPieces(ARCHIVE), undefined);
    expect(await codeOf(outputs.get(file.id, 'b.txt'))).toBe('ARTIFACT_NOT_FOUND');
    expect(await codeOf(outputs.get(id, 'a.txt'))).toBe('ARTIFACT_NOT_FOUND');
  });

  it('whose job ended unseen is settled at the next start, and others wait for theirs', async () => {
    const network = world();
    const { outputs, store } = network;
    const jobs = new Map<string, Job>([
      ['done', aJob({ id: 'done', state: 'completed' })],
      ['failed', aJob({ id: 'failed', state: 'failed' })],
      ['open', aJob({ id: 'open' })],
    ]);
    for (const id of [...jobs.keys(), 'unknown']) await outputs.keep(aJob({ id }), aFile(`${id}.txt`, id));
    const again = createOutputs({ store, clock: () => new Date(START), newToken: () => 'new', keepMs: KEEP_MS });
    await again.recover(async (id) => jobs.get(id));
    const left = await Promise.all([...jobs.keys(), 'unknown'].map((jobId) => store.listOutputs({ jobId })));
    expect(left.map(([file]) => file?.isFinal)).toEqual([true, undefined, false, false]);
    await again.settle(aJob({ id: 'open', state: 'completed' }));
    expect((await store.listOutputs({ jobId: 'open' }))[0]?.isFinal).toBe(true);
    await network.pass(3 * HOUR_MS);
    expect(await store.listOutputs({ jobId: 'unknown' })).toEqual([]);
  });
});
