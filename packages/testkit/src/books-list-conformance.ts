import type { Books, NodeRecord, PageRequest } from '@plexus/core';
import { emptyScore } from '@plexus/core';
import { expect, it } from 'vitest';
import {
  attemptOf,
  cancelJob,
  CLIENT,
  completeJob,
  jobOf,
  keyOf,
  leaseJob,
  MINT,
  NODE,
  NODE_ACCOUNT,
  NOON,
  numbered,
  openAccount,
  openJob,
  receiptOf,
  recordJob,
  type Stage,
} from './books-fixtures.ts';

/** Lists and their pages, nodes, and the receipt log. */
export function listConformance(stage: Stage): void {
  pageConformance(stage);
  nodeConformance(stage);
  logConformance(stage);
}

/** All of a list, two at a time. */
async function collect<T>(
  list: (page: PageRequest) => Promise<readonly T[]>,
  cursorOf: (item: T) => string,
): Promise<T[]> {
  const all: T[] = [];
  for (let more = true; more && all.length < 100;) {
    const last = all.at(-1);
    const page = await list({ limit: 2, ...(last !== undefined && { after: cursorOf(last) }) });
    all.push(...page);
    more = page.length === 2;
  }
  return all;
}

const idOf = ({ id }: { readonly id: string }): string => id;

function pageConformance(stage: Stage): void {
  it('lists keys, newest first', async () => {
    const { books } = stage;
    const keys = [1, 2, 3].map((number) => keyOf(numbered('key', number)));
    for (const key of keys) await books.commit({ type: 'createKey', key });
    await books.commit({ type: 'createKey', key: keyOf('key_other', { accountId: NODE_ACCOUNT }) });
    expect(await collect((page) => books.read.listKeys(CLIENT, page), idOf)).toEqual(keys.toReversed());
  });

  it('lists jobs by account and state, newest first, and open ones whole, oldest first', async () => {
    const { books } = stage;
    await jobsInEveryState(books);
    const list = async (filter: Parameters<Books['read']['listJobs']>[0]): Promise<string[]> =>
      (await collect((page) => books.read.listJobs(filter, page), idOf)).map(({ id }) => id.slice(-1));
    expect(await list({})).toEqual(['7', '6', '5', '4', '3', '2', '1']);
    expect(await list({ accountId: CLIENT })).toEqual(['6', '5', '4', '3', '2', '1']);
    expect(await list({ accountId: CLIENT, state: 'cancelled' })).toEqual(['6', '4']);
    expect(await list({ state: 'queued' })).toEqual(['7', '1']);
    expect(await list({ accountId: CLIENT, state: 'queued' })).toEqual(['1']);
    expect(await list({ accountId: CLIENT, state: 'running' })).toEqual(['2']);
    expect(await list({ state: 'completed' })).toEqual(['5', '3']);
    expect(await list({ state: 'failed' })).toEqual([]);
    const open = await collect((page) => books.read.listOpenJobs(page), idOf);
    expect(open.map(({ id }) => id.slice(-1))).toEqual(['1', '2', '7']);
    expect(open[0]).toEqual(jobOf(1));
    expect(await books.read.countJobs('2025-01-15')).toBe(7);
    expect(await books.read.countJobs('2025-01-16')).toBe(0);
  });

  it('lists the entries of both sides once each, newest first', async () => {
    const { books } = stage;
    await jobsInEveryState(books);
    const list = (accountId: string, visible: boolean) =>
      collect(
        (page) => books.read.listEntries(accountId, { visible }, page),
        ({ sequence }) => String(sequence),
      );
    const all = await list(CLIENT, false);
    const sequences = all.map(({ sequence }) => sequence);
    expect(sequences).toEqual([...new Set(sequences)].toSorted((a, b) => b - a));
    const kinds = all.map(({ kind }) => kind).toSorted();
    expect(kinds).toEqual([
      ...Array(2).fill('charge'),
      ...Array(5).fill('hold'),
      'register_bonus',
      ...Array(3).fill('release'),
    ]);
    expect(await list(CLIENT, true)).toEqual(all.filter(({ kind }) => kind !== 'hold' && kind !== 'release'));
    expect((await list(NODE_ACCOUNT, true)).map(({ kind }) => kind)).toEqual(['fee', 'charge', 'fee', 'charge']);
  });
}

/** Six jobs of the client and one of another; number 5 begins and ends in one commit. */
export async function jobsInEveryState(books: Books): Promise<void> {
  await books.commit(openAccount('acct_2', 'client', 500n));
  for (const number of [1, 2, 3, 4]) await books.commit(openJob(jobOf(number)));
  await books.commit(leaseJob(jobOf(2), 1));
  await books.commit(completeJob(jobOf(3)));
  await books.commit(cancelJob(jobOf(4)));
  await books.commit(recordJob(jobOf(5), completeJob(jobOf(5))));
  await books.commit(openJob(jobOf(6)));
  await books.commit(cancelJob(jobOf(6)));
  await books.commit(openJob(jobOf(7, { accountId: 'acct_2' })));
}

function nodeConformance(stage: Stage): void {
  const node: NodeRecord = {
    id: NODE,
    accountId: NODE_ACCOUNT,
    name: 'One',
    publicKey: 'a2V5',
    custodial: false,
    capabilities: ['echo'],
    languages: ['en', 'de'],
    createdAt: NOON,
  };
  const custodial = { id: 'node_2', accountId: 'custody_2', name: 'Two', custodial: true, createdAt: NOON };
  const account = { id: 'custody_2', kind: 'custody', name: 'Two', createdAt: NOON } as const;

  it('registers nodes and refuses another identity', async () => {
    const { books } = stage;
    await books.commit({ type: 'registerNode', node });
    await books.commit({ type: 'registerNode', node: { ...node, name: 'Uno' } });
    const second = { ...custodial, capabilities: [], languages: [] };
    await books.commit({ type: 'registerNode', node: second, account: { account, grant: 3n, mintId: MINT } });
    const thief = { type: 'registerNode', node: { ...node, publicKey: 'other' } } as const;
    await expect(books.commit(thief)).rejects.toMatchObject({ code: 'NODE_IDENTITY_REFUSED' });
    expect(await books.read.findNode(NODE)).toEqual({ ...node, name: 'Uno' });
    expect(await books.read.findNode('node_3')).toBeUndefined();
    expect(await books.read.listNodes({ limit: 1 })).toEqual([{ ...node, name: 'Uno' }]);
    expect(await books.read.listNodes({ limit: 9, after: NODE })).toEqual([second]);
    expect(await books.read.findAccount('custody_2')).toMatchObject({ kind: 'custody', available: 3n });
  });

  it('counts attempts and ratings, and lists the best nodes first', async () => {
    const { books } = stage;
    const failed = attemptOf(0, { nodeId: 'node_2', outcome: 'failed', endedAt: NOON });
    const command = completeJob(jobOf(1));
    const end = { ...command.end, attempts: [failed, ...command.end.attempts] };
    const scores = [{ nodeId: 'node_2', completed: 0, failed: 1, earned: 0n, busyMs: 0 }, ...command.scores];
    await books.commit(recordJob(jobOf(1), { ...command, end, scores }));
    const rate = { type: 'rateJob', jobId: jobOf(1).id, accountId: CLIENT, nodeId: NODE, rating: 5, at: NOON } as const;
    await books.commit(rate);
    await books.commit({ ...rate, rating: 3 });
    const stranger = books.commit({ ...rate, accountId: NODE_ACCOUNT });
    await expect(stranger).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
    const today = { rewardDay: 20_103, earnedThatDay: 36n };
    const one = { ...emptyScore(NODE), completed: 1, ratings: 1, ratingSum: 3, earned: 36n, busyMs: 250, ...today };
    const two = { ...emptyScore('node_2'), failed: 1 };
    expect(await books.read.findScore(NODE)).toEqual(one);
    expect(await books.read.findScore('node_3')).toBeUndefined();
    expect(await books.read.listScores(9)).toEqual([one, two]);
    expect(await books.read.listScores(1)).toEqual([one]);
  });
}

function logConformance(stage: Stage): void {
  it('numbers receipts without gaps and pages them, newest first', async () => {
    const { books } = stage;
    const receipt = (number: number) => receiptOf(jobOf(number), number);
    const fused = [1, 2, 3].map((number) => [
      openJob(jobOf(number)),
      { ...completeJob(jobOf(number)), receipt: receipt(number) },
    ]);
    const outcomes = await Promise.all(fused.map((group) => books.commitAll(group)));
    expect(outcomes.map(({ receiptIndex }) => receiptIndex)).toEqual([0, 1, 2]);
    expect(await books.read.countLeaves()).toBe(3);
    const receipts = await collect(
      (page) => books.read.listReceipts(NODE, page),
      ({ leafIndex }) => String(leafIndex),
    );
    expect(receipts).toEqual([3, 2, 1].map((number) => ({ ...receipt(number), leafIndex: number - 1 })));
    expect(await books.read.listReceipts('node_2', { limit: 9 })).toEqual([]);
    expect([await books.read.countReceipts(NODE), await books.read.countReceipts('node_2')]).toEqual([3, 0]);
    expect(await books.read.listLogHashes(0, 1, 9)).toEqual([receipt(2).leafHash, receipt(3).leafHash]);
  });

  it('keeps tree heads and tiles', async () => {
    const { books } = stage;
    const headOf = (size: number) => ({
      log_id: 'log',
      tree_size: size,
      root_hash: `root ${size}`,
      timestamp: NOON.toISOString(),
      key_id: '0123456789abcdef',
      sig: 'c2ln',
      public_key: 'a2V5',
    });
    expect(await books.read.findTreeHead()).toBeUndefined();
    const tiles = [0, 1].map((index) => ({ level: 1, index, hash: new Uint8Array(32).fill(index) }));
    await books.commit({ type: 'appendTreeHead', head: headOf(9), tiles: [] });
    await books.commit({ type: 'appendTreeHead', head: headOf(600), tiles });
    expect(await books.read.findTreeHead()).toEqual(headOf(600));
    expect(await books.read.findTreeHead(9)).toEqual(headOf(9));
    expect(await books.read.findTreeHead(10)).toBeUndefined();
    expect(await books.read.listLogHashes(1, 0, 2)).toEqual(tiles.map(({ hash }) => hash));
    expect(await books.read.listLogHashes(1, 1, 2)).toEqual([tiles[1]?.hash]);
    expect(await books.read.listLogHashes(2, 0, 2)).toEqual([]);
  });
}
