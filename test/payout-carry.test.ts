/** What is too little to be sent waits for the next plan: nothing of what is owed is dropped, and nothing is owed twice. */
import { createPayoutPlanService, packChunk, type PayoutPlan, type SeriesPoint, shareOf } from '@plexus/core';
import { createMemoryBooks } from '@plexus/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';

const OPERATOR = { accountId: 'o', keyId: 'o', role: 'operator', scopes: [], limited: false } as const;
const HOUR_MS = 3_600_000;
const START = new Date('2025-01-15T00:00:00Z');
const PARTICIPANTS = [1, 2, 3];
const hourAt = (hour: number): Date => new Date(START.getTime() + hour * HOUR_MS);

/** What each worker earned in an hour, in nanoTON; undefined where nobody asked it. */
const hours = fc.array(fc.tuple(...PARTICIPANTS.map(() => fc.option(fc.nat(1000), { nil: undefined }))), {
  minLength: 1,
  maxLength: 12,
});
const periods = fc.array(
  fc.record({
    hours: fc.integer({ min: 1, max: 3 }),
    shareBasisPoints: fc.integer({ min: 1, max: 10_000 }),
    minimum: fc.bigInt({ min: 0n, max: 3000n }),
    /** Made, given up and made again, as an operator does who has second thoughts. */
    isMadeTwice: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8 },
);

/** A participant with a worker each, whose counter stands at zero before the first hour. */
async function world() {
  const books = createMemoryBooks();
  const times = { createdAt: START, updatedAt: START };
  for (const id of PARTICIPANTS) {
    const participant = { wallet: `W${id}`, rawWallet: `0:${id}`, isActive: true, isOperator: false, ...times };
    await books.commit({ type: 'addParticipant', participant });
    const worker = { participantId: id, name: 'w', instanceNumber: 0, host: 'h', statsPort: 1, priceCoefficient: 1 };
    await books.commit({ type: 'addWorker', worker: { ...worker, isActive: true, ...times } });
  }
  return books;
}

function plansOf(books: World) {
  let made = 0;
  const live = { points: () => [], keep: async () => undefined };
  return createPayoutPlanService({ books, live, clock: () => hourAt(99), newId: () => `plan ${(made += 1)}` });
}

type World = Awaited<ReturnType<typeof world>>;

function pointAt(hour: number, revenue: number): SeriesPoint {
  return {
    at: new Date(hourAt(hour).getTime() + 60_000),
    status: 'healthy',
    polls: 1,
    answers: 1,
    revenue,
    requests: 1,
  };
}

async function earn(books: World, earned: readonly (readonly (number | undefined)[])[]): Promise<void> {
  for (const [index, workerId] of PARTICIPANTS.entries()) {
    let revenue = 0;
    const points = [pointAt(-1, 0)];
    for (const [hour, gains] of earned.entries()) {
      const gain = gains[index];
      // While nobody asks, the worker goes on earning, and the next answer says so.
      revenue += gain ?? 5;
      if (gain !== undefined) points.push(pointAt(hour, revenue));
    }
    const chunks = points.map((point) =>
      packChunk({ workerId, resolution: 'raw', startAt: point.at, points: [point] }),
    );
    await books.commit({ type: 'keepSeries', states: [], chunks, removed: [] });
  }
}

/** What the counter of a worker gained from the last answer before one hour to the last before another. */
function gained(
  earned: readonly (readonly (number | undefined)[])[],
  index: number,
  { from, to }: { readonly from: number; readonly to: number },
): bigint {
  const standing = (until: number): number => {
    const last = earned.slice(0, until).findLastIndex((gains) => gains[index] !== undefined);
    return earned.slice(0, last + 1).reduce((sum, gains) => sum + (gains[index] ?? 5), 0);
  };
  return BigInt(standing(to) - standing(from));
}

const amountFor = (list: readonly { readonly participantId: number; readonly amount: bigint }[], id: number): bigint =>
  list.filter(({ participantId }) => participantId === id).reduce((sum, { amount }) => sum + amount, 0n);

interface Wanted {
  readonly hours: number;
  readonly shareBasisPoints: number;
  readonly minimum: bigint;
  readonly isMadeTwice: boolean;
}

/** Plans one period after another, and compares after each. */
async function planAll(earned: readonly (readonly (number | undefined)[])[], wanted: readonly Wanted[]): Promise<void> {
  const books = await world();
  await earn(books, earned);
  const plans = plansOf(books);
  const owed = new Map(PARTICIPANTS.map((id) => [id, 0n]));
  const kept: PayoutPlan[] = [];
  let from = 0;
  for (const { hours: length, isMadeTwice, ...rules } of wanted) {
    const to = from + length;
    const request = { periodStart: hourAt(from), periodEnd: hourAt(to), rules };
    const first = await plans.plan(OPERATOR, request);
    const isAgain = isMadeTwice && first.state === 'planned';
    if (isAgain) await plans.cancel(OPERATOR, first.id, 1);
    const last = isAgain ? await plans.plan(OPERATOR, request) : first;
    kept.push(last);
    expect(last.shares.every(({ amount }) => amount >= rules.minimum && amount > 0n)).toBe(true);
    for (const [index, id] of PARTICIPANTS.entries()) {
      owed.set(id, (owed.get(id) ?? 0n) + shareOf(gained(earned, index, { from, to }), rules));
      const paid = kept.reduce((sum, { shares }) => sum + amountFor(shares, id), 0n);
      expect(paid + amountFor(last.carried, id), `participant ${id} after ${to} hours`).toBe(owed.get(id));
    }
    from = to;
  }
}

it('over any periods, what is paid and what is carried over is what is owed', async () => {
  await fc.assert(fc.asyncProperty(hours, periods, planAll), { numRuns: 60 });
});

it('two plans that are made at once do not both take up what the last one left', async () => {
  const books = await world();
  await earn(books, [
    [7, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ]);
  const plans = plansOf(books);
  const plan = (from: number, minimum: bigint): Promise<PayoutPlan> =>
    plans.plan(OPERATOR, {
      periodStart: hourAt(from),
      periodEnd: hourAt(from + 1),
      rules: { shareBasisPoints: 10_000, minimum },
    });
  expect((await plan(0, 8n)).carried).toEqual([{ participantId: 1, amount: 7n }]);
  const both = await Promise.allSettled([plan(1, 1n), plan(2, 1n)]);
  const shares = both.flatMap((one) => (one.status === 'fulfilled' ? one.value.shares : []));
  expect(shares.map(({ participantId, amount }) => [participantId, amount])).toEqual([[1, 7n]]);
});

it('a plan of the wrong hours is given up, even one that pays nobody, and the right ones are planned', async () => {
  const books = await world();
  await earn(books, [
    [7, 0, 0],
    [0, 0, 0],
  ]);
  const plans = plansOf(books);
  const plan = (from: number, to: number): Promise<PayoutPlan> =>
    plans.plan(OPERATOR, {
      periodStart: hourAt(from),
      periodEnd: hourAt(to),
      rules: { shareBasisPoints: 10_000, minimum: 0n },
    });
  const wrong = await plan(1, 2);
  expect([wrong.state, wrong.shares]).toEqual(['done', []]);
  await plans.cancel(OPERATOR, wrong.id, 1);
  expect((await plan(0, 2)).shares).toMatchObject([{ participantId: 1, amount: 7n }]);
});
