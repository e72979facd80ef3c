import type { Payment } from '@plexus/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Attempt } from '../../src/jobs/job.ts';
import { scoresOf, type Share } from '../../src/jobs/score-changes.ts';

const AT = new Date('2025-01-15T12:00:00.000Z');

const attempt = (nodeId: string, outcome: Attempt['outcome'], ms = 0): Attempt => ({
  epoch: 1,
  nodeId,
  startedAt: AT,
  endedAt: new Date(AT.getTime() + ms),
  ...(outcome && { outcome }),
});
const share = (id: string, accountId: string, amount: bigint): Share => ({ node: { id, accountId }, amount });
const payment = (payeeId: string, amount: bigint, fee: bigint): Payment => {
  return { nodeId: 'any', payeeId, amount, fee, feesId: 'fees' };
};

it('counts a completed turn with its time and what it earned', () => {
  const scores = scoresOf([attempt('a', 'completed', 250)], [share('a', 'x', 100n)], [payment('x', 100n, 3n)]);
  expect(scores).toEqual([{ nodeId: 'a', completed: 1, failed: 0, earned: 97n, busyMs: 250 }]);
});

it.each(['failed', 'node_lost', 'timed_out'] as const)('counts a turn that was %s against its node', (outcome) => {
  expect(scoresOf([attempt('a', outcome, 9)], [], [])).toEqual([
    { nodeId: 'a', completed: 0, failed: 1, earned: 0n, busyMs: 0 },
  ]);
});

it.each(['cancelled', 'refused', undefined] as const)('counts nothing for a turn that was %s', (outcome) => {
  expect(scoresOf([attempt('a', outcome)], [], [])).toEqual([]);
});

it('pays whoever began a stream, though it failed, and whoever went on with it', () => {
  const attempts = [attempt('a', 'node_lost'), attempt('b', 'completed', 7)];
  const shares = [share('a', 'x', 30n), share('b', 'y', 70n)];
  const payments = [payment('x', 30n, 1n), payment('y', 70n, 2n)];
  expect(scoresOf(attempts, shares, payments)).toEqual([
    { nodeId: 'a', completed: 0, failed: 1, earned: 0n, busyMs: 0 },
    { nodeId: 'b', completed: 1, failed: 0, earned: 68n, busyMs: 7 },
    { nodeId: 'a', completed: 0, failed: 0, earned: 29n, busyMs: 0 },
  ]);
});

it('pays out exactly what accounts are paid, however their nodes share it', () => {
  const amount = fc.bigInt({ min: 0n, max: 1_000_000n });
  const parts = fc.array(fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), amount }), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(parts, fc.bigInt({ min: 0n, max: 10_000n }), (given, basisPoints) => {
      const shares = given.map(({ id, amount: part }) => share(id, id < 'c' ? 'x' : 'y', part));
      const payments = ['x', 'y'].flatMap((payee) => {
        const total = shares.reduce((sum, { node, amount: part }) => (node.accountId === payee ? sum + part : sum), 0n);
        return total === 0n ? [] : [payment(payee, total, (total * basisPoints) / 10_000n)];
      });
      const scores = scoresOf([], shares, payments);
      for (const { payeeId, amount: total, fee } of payments) {
        const nodes = payeeId === 'x' ? ['a', 'b'] : ['c', 'd'];
        const earned = scores.filter(({ nodeId }) => nodes.includes(nodeId)).map((score) => score.earned);
        expect(earned.reduce((sum, one) => sum + one, 0n)).toBe(total - fee);
        for (const one of earned) expect(one).toBeGreaterThanOrEqual(0n);
      }
    }),
  );
});
