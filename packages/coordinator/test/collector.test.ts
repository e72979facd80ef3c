/** Many workers are asked one by one, and written together. */
import { type Books, createPayoutPlanService, type PollResult } from '@plexus/core';
import { createMemoryBooks } from '@plexus/testkit';
import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import { Collector } from '../src/fleet/collector.ts';

const WORKERS = 60;
const READING = { gpus: [], failed: 0, failedPercent: 0, isEnabled: true, revenueParts: { worker: 7 }, requests: 3 };

async function fleet(): Promise<Books> {
  const books = createMemoryBooks();
  const times = { createdAt: new Date(), updatedAt: new Date() };
  for (let number = 1; number <= WORKERS; number++) {
    const worker = { participantId: 0, name: 'w', instanceNumber: 0, host: 'h', statsPort: number, isActive: true };
    const nodeId = `node-${number}`;
    await books.commit({ type: 'addWorker', worker: { ...worker, priceCoefficient: 1, nodeId, ...times } });
  }
  return books;
}

it('puts what was said at about the same time into one commit, and loses nothing of it at the end', async () => {
  const books = await fleet();
  const commit = vi.spyOn(books, 'commit');
  const asked = new Map<number, number>();
  const ask = async ({ statsPort }: { statsPort: number }): Promise<PollResult> => {
    asked.set(statsPort, (asked.get(statsPort) ?? 0) + 1);
    return { reading: READING };
  };
  const collector = new Collector({
    books,
    ask,
    clock: () => new Date(),
    logger: pino({ level: 'silent' }),
    pollEveryMs: 200,
  });
  await collector.start();
  await vi.waitFor(() => expect([...asked.values()].filter((times) => times >= 2)).toHaveLength(WORKERS), 10_000);
  await collector.close();

  const states = await books.read.listWorkerStates(1, WORKERS);
  expect(states.map(({ revenue, requests }) => [revenue, requests.total])).toEqual(
    Array.from({ length: WORKERS }, () => [7, 3]),
  );
  let points = 0;
  for (const { workerId } of states) {
    const chunks = await books.read.listChunks(workerId, 'raw', new Date(0), new Date(Date.now() + 1000));
    points += chunks.flatMap((chunk) => chunk.points).length;
  }
  expect(points).toBe([...asked.values()].reduce((sum, times) => sum + times, 0));
  const written = commit.mock.calls.flatMap(([command]) => (command.type === 'keepSeries' ? [command.chunks] : []));
  expect(written.some((chunks) => chunks.length > 1)).toBe(true);
  expect(written.length).toBeLessThan(written.flat().length / 2);
});

it('knows what was earned while the books are slow to take it', async () => {
  const books = await fleet();
  let release: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => (release = resolve));
  const commit: Books['commit'] = async (command) => {
    await slow;
    return await books.commit(command);
  };
  const ask = async (): Promise<PollResult> => ({ reading: READING });
  const logger = pino({ level: 'silent' });
  const collector = new Collector({
    books: { ...books, commit },
    ask,
    clock: () => new Date(),
    logger,
    pollEveryMs: 100,
  });
  await collector.start();
  await vi.waitFor(() => expect(collector.unkeptRevenue()).toEqual(new Map([[0, 7n * BigInt(WORKERS)]])), 10_000);
  release();
  await vi.waitFor(() => expect(collector.unkeptRevenue()).toEqual(new Map([[0, 0n]])), 10_000);
  await collector.close();
});

it('asks a worker that was changed twice at once one time, and loses nothing of what it says', async () => {
  const books = await fleet();
  const answers: ((result: PollResult) => void)[] = [];
  const ask = () => new Promise<PollResult>((resolve) => answers.push(resolve));
  const collector = new Collector({ books, ask, clock: () => new Date(), logger: pino({ level: 'silent' }) });
  collector.changed(1);
  collector.changed(1);
  await vi.waitFor(() => expect(answers.length).toBeGreaterThan(0));
  await new Promise((resolve) => setImmediate(resolve));
  expect(answers).toHaveLength(1);
  for (const answer of answers) answer({ reading: READING });
  await vi.waitFor(() => expect(collector.points(1)).toHaveLength(1));
  await collector.close();
});

it('pays nothing twice of what a worker said just before a plan, whatever a crash then takes from the collector', async () => {
  const books = await fleet();
  const times = { createdAt: new Date(), updatedAt: new Date() };
  const owner = { wallet: 'W', rawWallet: '0:1', isActive: true, isOperator: false, ...times };
  const { fleetId: participantId = 0 } = await books.commit({ type: 'addParticipant', participant: owner });
  const worker = { participantId, name: 'w', instanceNumber: 0, host: 'h', statsPort: 1, priceCoefficient: 1 };
  const { fleetId: id = 0 } = await books.commit({
    type: 'addWorker',
    worker: { ...worker, isActive: true, ...times },
  });
  let now = new Date('2025-01-15T10:58:00Z');
  let revenue = 10;
  const clock = (): Date => now;
  const ask = async (): Promise<PollResult> => ({ reading: { ...READING, revenueParts: { worker: revenue } } });
  const collect = (): Collector => new Collector({ books, ask, clock, logger: pino({ level: 'silent' }) });
  const said = async (collector: Collector, at: string): Promise<void> => {
    now = new Date(at);
    collector.changed(id);
    await vi.waitFor(() => expect(collector.points(id).at(-1)?.at).toEqual(now));
  };
  const paid = async (live: Collector, periodStart: string, periodEnd: string): Promise<readonly bigint[]> => {
    now = new Date(periodEnd);
    const plans = createPayoutPlanService({ books, live, clock, newId: () => periodStart });
    const period = { periodStart: new Date(periodStart), periodEnd: now };
    const operator = { accountId: 'o', keyId: 'o', role: 'operator', scopes: [], limited: false } as const;
    const plan = await plans.plan(operator, { ...period, rules: { shareBasisPoints: 10_000, minimum: 0n } });
    return plan.shares.map(({ amount }) => amount);
  };

  const crashing = collect();
  await said(crashing, '2025-01-15T10:58:00Z');
  revenue = 15;
  await said(crashing, '2025-01-15T10:59:00Z');
  expect(await paid(crashing, '2025-01-15T10:00:00Z', '2025-01-15T11:00:00Z')).toEqual([5n]);
  const fresh = collect();
  await said(fresh, '2025-01-15T11:01:00Z');
  expect(await paid(fresh, '2025-01-15T11:00:00Z', '2025-01-15T12:00:00Z')).toEqual([]);
  await Promise.all([crashing.close(), fresh.close()]);
});

it('logs of a worker that needs looking at where it was asked, and why it did not answer', async () => {
  const lines: object[] = [];
  const logger = pino({ level: 'warn', base: null }, { write: (line) => void lines.push(JSON.parse(line)) });
  const ask = async (): Promise<PollResult> => ({ failure: 'blocked' });
  const collector = new Collector({ books: await fleet(), ask, clock: () => new Date(), logger, pollEveryMs: 100 });
  await collector.start();
  await vi.waitFor(() => expect(lines.length).toBeGreaterThan(0), 10_000);
  await collector.close();
  expect(lines[0]).toMatchObject({ worker: 'w', host: 'h', statsPort: expect.any(Number), failure: 'blocked' });
});
