import {
  type Account,
  type BalancePart,
  type Command,
  dayOf,
  emptyDay,
  hasEnded,
  type Job,
  type JobState,
} from '@plexus/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchSizes, groups } from './commands.ts';
import { CLIENTS, commit, createWorld, CUSTODY, KEY_LIMIT, MINT, NOON, snapshot, type World } from './world.ts';

type Group = readonly Command[];

const PARTS: readonly BalancePart[] = ['available', 'held', 'staked', 'cooling'];
const RUNS = { numRuns: 100 };

function cut(all: readonly Group[], sizes: readonly number[]): Group[][] {
  const batches: Group[][] = [];
  for (let from = 0; from < all.length;) {
    const batch = all.slice(from, from + (sizes[batches.length] ?? 1));
    batches.push(batch);
    from += batch.length;
  }
  return batches;
}

function total(account: Account): bigint {
  return PARTS.reduce((sum, part) => sum + account[part], 0n);
}

function sumOf(amounts: Iterable<bigint>): bigint {
  let sum = 0n;
  for (const amount of amounts) sum += amount;
  return sum;
}

/** What the journal says every purse holds. */
function replay(world: World): Map<string, bigint> {
  const purses = new Map<string, bigint>();
  for (const { debit, credit, amount } of world.transfers) {
    expect(amount).toBeGreaterThan(0n);
    for (const [purse, change] of [
      [debit, -amount],
      [credit, amount],
    ] as const) {
      const name = `${purse.accountId}/${purse.part}`;
      purses.set(name, (purses.get(name) ?? 0n) + change);
    }
  }
  return purses;
}

/** Every job that was given away is one that its offer has fewer, and costs nothing else than was agreed. */
function expectGivenAway({ offers, acceptances, jobs }: World): void {
  const given = [...acceptances.values()];
  for (const { id, maxJobs, jobsLeft, state } of offers.values()) {
    expect(given.filter(({ offerId }) => offerId === id)).toHaveLength(maxJobs - jobsLeft);
    expect(jobsLeft).toBeGreaterThanOrEqual(0);
    if (jobsLeft === 0) expect(state).toBe('used_up');
  }
  for (const { jobId, price, bid } of given) {
    expect(bid).toBeGreaterThanOrEqual(price);
    expect(jobs.get(jobId)).toMatchObject({ hold: price, unitPrice: price });
  }
}

function expectSound(world: World): void {
  const accounts = [...world.accounts.values()];
  const jobs = [...world.jobs.values()];
  expect(sumOf(accounts.map(total))).toBe(0n);
  const journal = replay(world);
  for (const account of accounts) {
    const open = jobs.filter(({ accountId, state }) => accountId === account.id && !hasEnded(state));
    expect(account.held).toBe(sumOf(open.map(({ hold }) => hold)));
    if (account.kind !== 'mint') expect(account.available).toBeGreaterThanOrEqual(0n);
    for (const part of PARTS) expect(journal.get(`${account.id}/${part}`) ?? 0n).toBe(account[part]);
    const ended = jobs.filter(({ accountId, state }) => accountId === account.id && hasEnded(state));
    expect(account.spent).toBe(sumOf(ended.map(({ cost }) => cost)));
  }
  for (const key of world.keys.values()) {
    if (key.spendLimit === undefined) continue;
    const own = jobs.filter(({ keyId }) => keyId === key.id);
    expect(key.spent).toBe(sumOf(own.map(({ state, hold, cost }) => (hasEnded(state) ? cost : hold))));
    expect(key.spent).toBeLessThanOrEqual(KEY_LIMIT);
  }
  expectCounted(world, jobs);
  expectGivenAway(world);
  expect(world.leaves.map(({ leafIndex }) => leafIndex)).toEqual(world.leaves.map((_leaf, at) => at));
  const receipts = jobs.flatMap(({ receiptIndex }) => receiptIndex ?? []);
  expect(receipts.toSorted((a, b) => a - b)).toEqual(world.leaves.map((_leaf, at) => at));
}

/** What was counted along the way is what can be counted now. */
function expectCounted({ jobCounts, days }: World, jobs: readonly Job[]): void {
  const counted = new Map<string, number>();
  for (const { accountId, service, state } of jobs) {
    const id = `${accountId} ${service} ${state}`;
    counted.set(id, (counted.get(id) ?? 0) + 1);
  }
  expect(new Map([...jobCounts].filter(([, count]) => count !== 0))).toEqual(counted);
  const inState = (...states: readonly JobState[]) => jobs.filter(({ state }) => states.includes(state)).length;
  expect([...days.values()]).toEqual(
    jobs.length === 0
      ? [...days.keys()].map(emptyDay)
      : [
          {
            day: dayOf(NOON),
            opened: jobs.length,
            completed: inState('completed'),
            failed: inState('failed', 'timed_out'),
            cancelled: inState('cancelled'),
            completionMs: 0,
            volume: sumOf(jobs.map(({ state, cost }) => (hasEnded(state) ? cost : 0n))),
          },
        ],
  );
}

/** All but the journal, in which a hold that was taken back in its own batch leaves nothing. */
function withoutJournal({ transfers: _transfers, ...rest }: World): unknown {
  return rest;
}

describe('rules of the books', () => {
  it('keep all credits together at zero, holds equal to open jobs, and every balance equal to its journal', () => {
    fc.assert(
      fc.property(groups, batchSizes, (all, sizes) => {
        const world = createWorld();
        for (const batch of cut(all, sizes)) {
          commit(world, batch);
          expectSound(world);
        }
      }),
      RUNS,
    );
  });

  it('leave a draft exactly as it was when they refuse a group', () => {
    fc.assert(
      fc.property(groups, (all) => {
        const world = createWorld();
        let before: unknown;
        commit(world, [[], ...all], (draft, applied) => {
          const after = snapshot(draft);
          if (!applied.ok) expect(after).toEqual(before);
          before = after;
        });
      }),
      RUNS,
    );
  });

  it('lease a job only under a higher epoch, and end it at most once', () => {
    fc.assert(
      fc.property(groups, batchSizes, (all, sizes) => {
        const world = createWorld();
        const epochs = new Map<string, number>();
        const ended = new Set<string>();
        for (const batch of cut(all, sizes)) {
          commit(world, batch, (_draft, applied, group) => {
            for (const command of applied.ok ? group : []) follow(command, epochs, ended);
          });
        }
      }),
      RUNS,
    );
  });
});

describe('payments of nothing to nobody', () => {
  const nobody = 'nobody';
  const claim = { accountId: CLIENTS[0], key: 'claimed', requestHash: 'hash', answer: nobody };
  it.each<Command>([
    { type: 'grantCredits', accountId: nobody, amount: 0n, mintId: MINT, claim, at: NOON },
    { type: 'releaseCustodial', custodyId: CUSTODY, accountId: nobody, at: NOON },
  ])('$type is refused, and leaves nothing', (command) => {
    const world = createWorld();
    const [applied] = commit(world, [[command]]);
    expect(applied).toMatchObject({ ok: false, error: { code: 'ACCOUNT_NOT_FOUND' } });
    expect(world).toEqual(createWorld());
  });
});

describe('batches of the books', () => {
  it('come to the same without the groups that were refused', () => {
    fc.assert(
      fc.property(groups, batchSizes, (all, sizes) => {
        const [world, clean] = [createWorld(), createWorld()];
        for (const batch of cut(all, sizes)) {
          const applied = commit(world, batch);
          commit(
            clean,
            batch.filter((_group, at) => applied[at]?.ok),
          );
        }
        expect(clean).toEqual(world);
      }),
      RUNS,
    );
  });

  it('come to the same in one batch as one group at a time', () => {
    fc.assert(
      fc.property(groups, batchSizes, (all, sizes) => {
        const [together, apart] = [createWorld(), createWorld()];
        const results = cut(all, sizes).flatMap((batch) => commit(together, batch));
        const singly = all.flatMap((group) => commit(apart, [group]));
        expect(results.map(({ ok }) => ok)).toEqual(singly.map(({ ok }) => ok));
        expect(withoutJournal(together)).toEqual(withoutJournal(apart));
      }),
      RUNS,
    );
  });
});

/** Fails when an accepted command leases or ends what it must not. */
function follow(command: Command, epochs: Map<string, number>, ended: Set<string>): void {
  if (command.type === 'leaseJob') {
    const { state, epoch } = command.lease;
    const newest = epochs.get(command.jobId) ?? 0;
    expect(ended.has(command.jobId)).toBe(false);
    expect(hasEnded(state)).toBe(false);
    if (state === 'running') expect(epoch).toBeGreaterThan(newest);
    else expect(epoch).toBeGreaterThanOrEqual(newest);
    epochs.set(command.jobId, epoch);
  }
  if (command.type === 'endJob') {
    expect(ended.has(command.jobId)).toBe(false);
    expect(command.end.epoch).toBeGreaterThanOrEqual(epochs.get(command.jobId) ?? 0);
    ended.add(command.jobId);
  }
}
