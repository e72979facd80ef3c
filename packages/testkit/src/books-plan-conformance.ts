import type { Books, NewPayout, PayoutPlan } from '@plexus/core';
import { expect, it } from 'vitest';
import { NOON, type Stage } from './books-fixtures.ts';
import { add, at, participantOf, payoutOf } from './books-fleet-conformance.ts';

const PLAN: PayoutPlan = {
  id: 'plan_1',
  revision: 1,
  state: 'planned',
  periodStart: at(0),
  periodEnd: at(60),
  rules: { shareBasisPoints: 9000, minimum: 1n },
  shares: [{ participantId: 1, wallet: 'W1', revenue: 10n, carried: 0n, amount: 9n, requests: 3 }],
  carried: [{ participantId: 2, amount: 1n }],
  messages: [],
  createdAt: NOON,
};
const MESSAGE = {
  state: 'signed',
  participantIds: [1],
  from: '0:00',
  seqno: 3,
  validUntil: at(5),
  boc: 'te6=',
  messageHash: 'ab',
} as const;

const keep = (books: Books, kept: PayoutPlan, payouts: readonly NewPayout[] = []) =>
  books.commit({ type: 'keepPlan', plan: kept, payouts });

/** Plans of payouts. */
export function planConformance(stage: Stage): void {
  followingConformance(stage);

  it('plans no time twice, but what was cancelled', async () => {
    const { books } = stage;
    await keep(books, PLAN);
    const overlapping = { ...PLAN, id: 'plan_2', periodStart: at(59), periodEnd: at(99) };
    await expect(keep(books, overlapping)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await keep(books, { ...PLAN, revision: 2, state: 'cancelled' });
    await keep(books, overlapping);
    expect(await books.read.listPlans({ limit: 9, offset: 0 })).toHaveLength(2);
  });

  it('gives time back with a plan that is given up, also what it had left out', async () => {
    const { books } = stage;
    await keep(books, PLAN);
    const late = { ...PLAN, id: 'plan_2', periodStart: at(90), periodEnd: at(99) };
    await keep(books, late);
    await keep(books, { ...late, revision: 2, state: 'cancelled' });
    expect(await books.read.plannedUntilMs()).toBe(at(60).getTime());
  });

  it('lets one of two change a plan, and no message out of it that may be on its way', async () => {
    const { books, reopen } = stage;
    await add(books, participantOf(1));
    await keep(books, PLAN);
    const signed: PayoutPlan = { ...PLAN, revision: 2, state: 'sending', messages: [MESSAGE] };
    const both = await Promise.allSettled([keep(books, signed), keep(books, signed)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    if (reopen) await books.close().then(reopen);
    expect(await stage.books.read.findPlan('plan_1')).toEqual(signed);
    const without = keep(stage.books, { ...signed, revision: 3, messages: [] });
    await expect(without).rejects.toMatchObject({ code: 'PLAN_MOVED_ON' });
    const done: PayoutPlan = { ...signed, revision: 3, state: 'done', messages: [{ ...MESSAGE, state: 'confirmed' }] };
    await keep(stage.books, done, [payoutOf(1, 'tx')]);
    await expect(keep(stage.books, { ...done, revision: 4 }, [payoutOf(1, 'tx')])).rejects.toMatchObject({
      code: 'TRANSACTION_RECORDED',
    });
    expect(await stage.books.read.findPlan('plan_1')).toEqual(done);
  });
}

function followingConformance(stage: Stage): void {
  it('keeps a plan that was worked out of another state of the plans out, and the last one from being pulled away', async () => {
    const { books } = stage;
    const keepOf = (kept: PayoutPlan, basis: { plannedUntilMs: number; lastPlanId?: string }) =>
      books.commit({ type: 'keepPlan', plan: kept, payouts: [], basis });
    const later = (id: string): PayoutPlan => ({ ...PLAN, id, periodStart: at(60), periodEnd: at(120) });
    const refused = { code: 'PLAN_MOVED_ON' };
    expect(await books.read.plannedUntilMs()).toBe(0);
    await keepOf(PLAN, { plannedUntilMs: 0 });
    await expect(keepOf(later('plan_2'), { plannedUntilMs: 0 })).rejects.toMatchObject(refused);
    const plannedUntilMs = await books.read.plannedUntilMs();
    expect(plannedUntilMs).toBe(at(60).getTime());
    await keepOf(later('plan_2'), { plannedUntilMs, lastPlanId: 'plan_1' });
    await expect(keep(books, { ...PLAN, revision: 2, state: 'cancelled' })).rejects.toMatchObject(refused);
    await keep(books, { ...later('plan_2'), revision: 2, state: 'cancelled' });
    await keep(books, { ...PLAN, revision: 2, state: 'cancelled' });
    await keepOf({ ...PLAN, id: 'plan_3' }, { plannedUntilMs: 0 });
    const basis = { plannedUntilMs, lastPlanId: 'plan_1' };
    await expect(keepOf(later('plan_4'), basis)).rejects.toMatchObject(refused);
    await keepOf(later('plan_4'), { ...basis, lastPlanId: 'plan_3' });
  });
}
