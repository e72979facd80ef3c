import { type Books, type Command, isRefusal, type Outcome } from '@plexus/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  cancelJob,
  CLIENT,
  completeJob,
  FEES,
  furnish,
  GRANT,
  jobOf,
  keyOf,
  leaseJob,
  MINT,
  NODE,
  NODE_ACCOUNT,
  NOON,
  openAccount,
  openJob,
  recordJob,
} from './books-fixtures.ts';
import { mixedLoadConformance } from './two-writers-load.ts';

/** One ledger and two who write it. */
export interface TwoWriters {
  readonly writers: readonly [Books, Books];
  dispose(): Promise<void>;
}

/** The two of the test that runs. */
export interface Desk {
  readonly first: Books;
  readonly second: Books;
}

/**
 * What holds however the commands of two writers of one ledger fall between each other. After every test all credits
 * together are zero, what is held is what open jobs hold, and the log's leaves are numbered without gap or double.
 */
export function twoWritersConformance(name: string, open: () => Promise<TwoWriters>): void {
  describe(`two writers: ${name}`, () => {
    let opened: TwoWriters;
    const desk: Desk = {
      get first() {
        return opened.writers[0];
      },
      get second() {
        return opened.writers[1];
      },
    };
    beforeEach(async () => {
      opened = await open();
      await furnish(desk.first);
    });
    afterEach(async () => {
      const { sum, held, openHolds } = await desk.first.read.totals();
      const leaves = await desk.first.read.countLeaves();
      const hashes = await desk.first.read.listLogHashes(0, 0, leaves + 1);
      await opened.dispose();
      expect(sum).toBe(0n);
      expect(held).toBe(openHolds);
      expect(hashes).toHaveLength(leaves);
    });
    moneyConformance(desk);
    onceConformance(desk);
    logConformance(desk);
    mixedLoadConformance(desk);
  });
}

type Settled = PromiseSettledResult<Outcome>;

/** The same commands by both at once: even ones by one, odd ones by the other. */
async function byBoth({ first, second }: Desk, commands: readonly Command[]): Promise<readonly Settled[]> {
  return await Promise.allSettled(commands.map((command, at) => (at % 2 === 0 ? first : second).commit(command)));
}

function counted(results: readonly Settled[]): { readonly done: number; readonly refused: readonly unknown[] } {
  const refused = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  return { done: results.length - refused.length, refused };
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => at + 1);
}

function moneyConformance(desk: Desk): void {
  it('spend no more than there is, to the last hold', async () => {
    await desk.first.commit(openAccount('acct_2', 'client', 2_050n));
    const opens = numbers(60).map((number) => openJob(jobOf(number, { accountId: 'acct_2' })));
    const { done, refused } = counted(await byBoth(desk, opens));
    expect(done).toBe(20);
    expect(refused.filter((error) => !isRefusal(error, 'INSUFFICIENT_BALANCE'))).toEqual([]);
    expect(await desk.second.read.findAccount('acct_2')).toMatchObject({ available: 50n, held: 2_000n });
  });

  it('spend no more through one key than its limit', async () => {
    await desk.first.commit({ type: 'createKey', key: keyOf('key_1', { spendLimit: 1_000n }) });
    const opens = numbers(40).map((number) => openJob(jobOf(number, { keyId: 'key_1' })));
    const { done, refused } = counted(await byBoth(desk, opens));
    expect(done).toBe(10);
    expect(refused.filter((error) => !isRefusal(error, 'SPEND_LIMIT_EXCEEDED'))).toEqual([]);
    expect(await desk.second.read.findKey('key_1')).toMatchObject({ spent: 1_000n });
  });

  it('lose nothing of what both add to one account, one key and one score', async () => {
    await desk.first.commit({ type: 'createKey', key: keyOf('key_1', { spendLimit: GRANT }) });
    const jobs = numbers(60).map((number) => jobOf(number, { keyId: 'key_1' }));
    const [record, ...others] = jobs.map((job) => recordJob(job, completeJob(job)));
    if (record) await desk.first.commit(record);
    expect(counted(await byBoth(desk, others))).toEqual({ done: 59, refused: [] });
    const { read } = desk.first;
    expect(await read.findAccount(CLIENT)).toMatchObject({ available: GRANT - 60n * 40n, spent: 60n * 40n });
    expect(await read.findAccount(NODE_ACCOUNT)).toMatchObject({ available: 60n * 36n, earned: 60n * 36n });
    expect(await read.findAccount(FEES)).toMatchObject({ available: 60n * 4n });
    expect(await read.findKey('key_1')).toMatchObject({ spent: 60n * 40n });
    expect(await read.findScore(NODE)).toMatchObject({ completed: 60, failed: 0 });
    expect(await read.countJobs('2025-01-15')).toBe(60);
  });
}

function onceConformance(desk: Desk): void {
  it('open an account once, with one grant', async () => {
    const open = openAccount('acct_2', 'client', 7n);
    const { refused } = counted(await byBoth(desk, Array(12).fill(open)));
    expect(refused).toEqual([]);
    expect(await desk.first.read.findAccount('acct_2')).toMatchObject({ available: 7n });
    expect(await desk.first.read.listEntries('acct_2', { visible: true }, { limit: 9 })).toHaveLength(1);
  });

  it('grant once for one claim, and answer the same to all', async () => {
    const claim = { accountId: CLIENT, key: 'once', requestHash: 'hash', answer: 'given' };
    const common = { type: 'grantCredits', accountId: CLIENT, amount: 5n, mintId: MINT, at: NOON } as const;
    const results = await byBoth(desk, Array(12).fill({ ...common, claim }));
    expect(counted(results).refused).toEqual([]);
    const answers = results.map((one) => (one.status === 'fulfilled' ? one.value.replayed : undefined));
    expect(answers.filter((answer) => answer === 'given')).toHaveLength(11);
    expect(await desk.first.read.findAccount(CLIENT)).toMatchObject({ available: GRANT + 5n });
  });

  it('open one job for one Idempotency-Key and one id', async () => {
    const opens = numbers(10).map((number) => openJob(jobOf(number, { idempotencyKey: 'once' })));
    expect(counted(await byBoth(desk, opens)).done).toBe(1);
    const same = Array(10).fill(openJob(jobOf(99)));
    expect(counted(await byBoth(desk, same)).done).toBe(1);
    expect(await desk.first.read.totals()).toMatchObject({ openJobs: 2, held: 200n });
  });

  it('give a lease once, and end a job once', async () => {
    await desk.first.commit(openJob(jobOf(1)));
    const leases = await byBoth(desk, Array(8).fill(leaseJob(jobOf(1), 1)));
    expect(counted(leases).done).toBe(1);
    expect(counted(leases).refused.filter((error) => !isRefusal(error, 'STALE_LEASE'))).toEqual([]);
    const ends = await byBoth(desk, [...Array(6).fill(completeJob(jobOf(1), 1)), cancelJob(jobOf(1), 1)]);
    expect(counted(ends).done).toBe(1);
    expect(counted(ends).refused.filter((error) => !isRefusal(error, 'JOB_ALREADY_ENDED'))).toEqual([]);
  });

  it("let a node's name belong to one account", async () => {
    const common = { id: 'name', name: 'n', custodial: false, capabilities: [], languages: [], createdAt: NOON };
    const owners = numbers(8).map((number) => (number % 4 < 2 ? NODE_ACCOUNT : CLIENT));
    const registrations = owners.map(
      (accountId) => ({ type: 'registerNode', node: { ...common, accountId } }) as const,
    );
    const results = await byBoth(desk, registrations);
    expect(counted(results).refused.filter((error) => !isRefusal(error, 'NODE_IDENTITY_REFUSED'))).toEqual([]);
    const winners = owners.filter((_, at) => results[at]?.status === 'fulfilled');
    expect(new Set(winners).size).toBe(1);
    expect(await desk.first.read.findNode('name')).toEqual({ ...common, accountId: winners[0] });
  });
}

function logConformance(desk: Desk): void {
  it('number the leaves of the log one after another', async () => {
    const jobs = numbers(80).map((number) => jobOf(number));
    const results = await byBoth(
      desk,
      jobs.map((job) => recordJob(job, completeJob(job))),
    );
    const indexes = results.map((one) => (one.status === 'fulfilled' ? one.value.receiptIndex : one.reason));
    expect(indexes.toSorted((a, b) => a - b)).toEqual(numbers(80).map((number) => number - 1));
    for (const [at, job] of jobs.entries()) {
      expect(await desk.second.read.findReceipt(job.id), job.id).toMatchObject({
        leafIndex: indexes[at],
        payload: { job_id: job.id },
      });
    }
  });

  it('keep one head for each size of the log', async () => {
    const common = { tree_size: 5, log_id: 'log', root_hash: 'root', key_id: 'key', public_key: 'public' };
    const heads = ['1', '2'].map((sig) => ({ ...common, timestamp: NOON.toISOString(), sig }));
    const appends = heads.map((head) => ({ type: 'appendTreeHead', head, tiles: [] }) as const);
    expect(counted(await byBoth(desk, appends))).toEqual({ done: 2, refused: [] });
    expect(heads).toContainEqual(await desk.first.read.findTreeHead(5));
  });
}
