import {
  type Books,
  type FleetWorker,
  type NewPayout,
  packChunk,
  type Participant,
  type SeriesChunk,
  type WorkerState,
} from '@plexus/core';
import { expect, it } from 'vitest';
import { CLIENT, NOON, type Stage } from './books-fixtures.ts';

export const at = (minutes: number): Date => new Date(NOON.getTime() + minutes * 60_000);

export function participantOf(number: number, fields: Partial<Participant> = {}): Omit<Participant, 'id'> {
  const rawWallet = `0:${String(number).padStart(64, '0')}`;
  return {
    wallet: `W${number}`,
    rawWallet,
    isActive: true,
    isOperator: false,
    createdAt: NOON,
    updatedAt: NOON,
    ...fields,
  };
}

function workerOf(participantId: number, fields: Partial<FleetWorker> = {}): Omit<FleetWorker, 'id'> {
  const place = { host: 'localhost', statsPort: 12_000, instanceNumber: 0 };
  return {
    participantId,
    name: 'Worker-ü',
    ...place,
    priceCoefficient: 1_200_000,
    isActive: true,
    createdAt: NOON,
    updatedAt: NOON,
    ...fields,
  };
}

export function payoutOf(participantId: number, transactionHash: string, fields: Partial<NewPayout> = {}): NewPayout {
  return {
    participantId,
    transactionHash,
    amount: 2n ** 53n + 1n,
    fromAddress: 'UQPool...',
    toAddress: 'UQParticipant...',
    isUnverified: true,
    transactionAt: NOON,
    isConfirmed: false,
    confirmations: 0,
    createdAt: NOON,
    ...fields,
  };
}

function stateOf(workerId: number, revenue: number): WorkerState {
  const counted = { said: 5, total: 9 };
  const counters = { requests: counted, failed: counted, busyMs: counted, revenueParts: { worker: counted } };
  return {
    workerId,
    status: 'healthy',
    seenAt: NOON,
    askedAt: at(1),
    refusals: 1,
    revenue,
    errors: { timeout: 2 },
    ...counters,
  };
}

function chunkOf(workerId: number, minutes: number): SeriesChunk {
  const point = { status: 'warning', polls: 1, answers: 1, gpuUtilization: 87.5, revenue: 7, requests: 3 } as const;
  const points = [0, 1].map((more) => ({ ...point, at: at(minutes + more) }));
  return { workerId, resolution: 'raw', startAt: at(minutes), points };
}

export async function add(books: Books, ...participants: readonly Omit<Participant, 'id'>[]): Promise<void> {
  for (const participant of participants) await books.commit({ type: 'addParticipant', participant });
}

/** The fleet: who takes part, their machines, what these say, and what was paid. */
export function fleetConformance(stage: Stage): void {
  participantConformance(stage);
  workerConformance(stage);
  seriesConformance(stage);
  payoutConformance(stage);
}

function participantConformance(stage: Stage): void {
  it('numbers participants, and keeps a wallet to one of them', async () => {
    const { books, reopen } = stage;
    const given = participantOf(1, { telegramUserId: 2 ** 52, username: 'u', email: 'a@b', isOperator: true });
    await add(books, given, participantOf(2));
    const taken = books.commit({ type: 'addParticipant', participant: participantOf(1) });
    await expect(taken).rejects.toMatchObject({ code: 'WALLET_TAKEN' });
    if (reopen) await books.close().then(reopen);
    const outcome = await stage.books.commit({ type: 'addParticipant', participant: participantOf(3) });
    expect(outcome.fleetId).toBe(3);
    const { read } = stage.books;
    expect(await read.findParticipant(1)).toEqual({ ...given, id: 1 });
    expect(await read.findParticipantByWallet(given.rawWallet)).toEqual({ ...given, id: 1 });
    expect(await read.findParticipant(4)).toBeUndefined();
    expect((await read.listParticipants({ limit: 2, offset: 1 })).map(({ id }) => id)).toEqual([2, 3]);
  });

  it('adds a participant once for one claim', async () => {
    const { books } = stage;
    const claim = { accountId: CLIENT, key: 'once', requestHash: 'hash', answer: '' };
    const command = { type: 'addParticipant', participant: participantOf(1), claim } as const;
    const [first, second] = await Promise.all([books.commit(command), books.commit(command)]);
    expect([first.fleetId, second.replayed]).toEqual([1, '1']);
    const other = books.commit({ ...command, claim: { ...claim, requestHash: 'other' } });
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
  });

  it('adds up what participants have', async () => {
    const { books } = stage;
    await add(books, participantOf(1), participantOf(2));
    for (const isActive of [true, false]) await books.commit({ type: 'addWorker', worker: workerOf(1, { isActive }) });
    const states = [stateOf(1, 5), stateOf(2, 6)];
    await books.commit({ type: 'keepSeries', states, chunks: [], removed: [] });
    for (const [hash, minute] of [
      ['a', 5],
      ['b', 3],
    ] as const) {
      await books.commit({ type: 'addPayout', payout: payoutOf(1, hash, { transactionAt: at(minute) }) });
    }
    const nothing = { workers: 0, activeWorkers: 0, revenue: 0n, payouts: 0 };
    expect(await books.read.listParticipantTotals(1, 2)).toEqual([
      { participantId: 1, workers: 2, activeWorkers: 1, revenue: 11n, payouts: 2, lastPayoutAt: at(5) },
      { participantId: 2, ...nothing },
    ]);
  });
}

function workerConformance(stage: Stage): void {
  it('keeps workers of participants that there are, and changes them', async () => {
    const { books } = stage;
    const orphan = books.commit({ type: 'addWorker', worker: workerOf(1) });
    await expect(orphan).rejects.toMatchObject({ code: 'PARTICIPANT_NOT_FOUND' });
    await add(books, participantOf(1), participantOf(2));
    await books.commit({ type: 'addWorker', worker: workerOf(1, { cid: 4_294_967_295 }) });
    await books.commit({ type: 'addWorker', worker: workerOf(2) });
    await books.commit({ type: 'changeWorker', workerId: 2, change: { isActive: false, name: 'x' }, at: at(1) });
    expect(await books.read.findWorker(1)).toEqual({ ...workerOf(1, { cid: 4_294_967_295 }), id: 1 });
    expect(await books.read.findWorker(2)).toMatchObject({ isActive: false, name: 'x', updatedAt: at(1) });
    const list = async (filter: object) =>
      (await books.read.listWorkers(filter, { limit: 9, offset: 0 })).map(({ id }) => id);
    expect(await list({})).toEqual([1, 2]);
    expect(await list({ participantId: 2 })).toEqual([2]);
    expect(await list({ isActive: true })).toEqual([1]);
    const none = books.commit({ type: 'changeWorker', workerId: 3, change: {}, at: NOON });
    await expect(none).rejects.toMatchObject({ code: 'WORKER_NOT_FOUND' });
  });

  it('knows a node that comes back as the worker that it was', async () => {
    const { books } = stage;
    const node = (statsPort: number) => workerOf(0, { nodeId: 'node_1', statsPort });
    const first = await books.commit({ type: 'addWorker', worker: node(1) });
    await books.commit({ type: 'changeWorker', workerId: 1, change: { name: 'mine' }, at: at(1) });
    const second = await books.commit({ type: 'addWorker', worker: node(2) });
    expect([first.fleetId, second.fleetId]).toEqual([1, 1]);
    expect(await books.read.findWorker(1)).toMatchObject({ statsPort: 2, name: 'mine' });
  });
}

function seriesConformance(stage: Stage): void {
  it('keeps what workers said, by worker and time, and how they stand', async () => {
    const { books, reopen } = stage;
    const chunks = [chunkOf(1, 0), chunkOf(1, 10), chunkOf(2, 0)];
    await books.commit({ type: 'keepSeries', states: [stateOf(1, 5)], chunks: chunks.map(packChunk), removed: [] });
    const longer = { ...chunkOf(1, 10), points: [...chunkOf(1, 10).points, ...chunkOf(1, 12).points] };
    await books.commit({ type: 'keepSeries', states: [stateOf(1, 2 ** 50)], chunks: [packChunk(longer)], removed: [] });
    if (reopen) await books.close().then(reopen);
    const { read } = stage.books;
    expect(await read.listChunks(1, 'raw', at(0), at(11))).toEqual([chunkOf(1, 0), longer]);
    expect(await read.listChunks(1, 'raw', at(1), at(10))).toEqual([]);
    expect(await read.findWorkerState(1)).toEqual(stateOf(1, 2 ** 50));
    expect(await read.listWorkerStates(1, 9)).toEqual([stateOf(1, 2 ** 50)]);
  });

  it('puts a series in another form in one step', async () => {
    const { books } = stage;
    await books.commit({
      type: 'keepSeries',
      states: [],
      chunks: [0, 5].map((minutes) => packChunk(chunkOf(1, minutes))),
      removed: [],
    });
    const coarse = { ...chunkOf(1, 0), resolution: '5min' } as const;
    const removed = [chunkOf(1, 0)].map(({ workerId, resolution, startAt }) => ({ workerId, resolution, startAt }));
    await books.commit({ type: 'keepSeries', states: [], chunks: [packChunk(coarse)], removed });
    expect(await books.read.listChunks(1, 'raw', at(0), at(99))).toEqual([chunkOf(1, 5)]);
    expect(await books.read.listChunks(1, '5min', at(0), at(99))).toEqual([coarse]);
  });
}

function payoutConformance(stage: Stage): void {
  it('records a transaction once, and lists payouts newest first, whenever they were recorded', async () => {
    const { books } = stage;
    await add(books, participantOf(1), participantOf(2));
    const rich = { usdMicro: 89_250_000n, blockNumber: 7, periodStart: at(1), periodEnd: at(2), totalRequests: 3 };
    const payouts = [
      payoutOf(1, 'a', { ...rich, computeSeconds: 4.5 }),
      payoutOf(2, 'b'),
      payoutOf(1, 'c', { amount: 1n, isConfirmed: true, transactionAt: at(9) }),
      payoutOf(2, 'd', { transactionAt: at(-9) }),
    ];
    for (const payout of payouts) await books.commit({ type: 'addPayout', payout });
    const again = books.commit({ type: 'addPayout', payout: payoutOf(2, 'a') });
    await expect(again).rejects.toMatchObject({ code: 'TRANSACTION_RECORDED' });
    expect(await books.read.findPayout(1)).toEqual({ ...payouts[0], id: 1 });
    const list = async (filter: object, page = { limit: 9, offset: 0 }) =>
      (await books.read.listPayouts(filter, page)).map(({ id }) => id);
    expect(await list({})).toEqual([3, 2, 1, 4]);
    expect(await list({ participantId: 1 }, { limit: 1, offset: 1 })).toEqual([1]);
    expect(await list({ isConfirmed: true })).toEqual([3]);
    expect(await list({ from: at(9) })).toEqual([3]);
    expect(await list({ before: at(9) })).toEqual([2, 1, 4]);
    const sums = {
      payouts: 2,
      confirmed: 1,
      amount: 2n ** 53n + 2n,
      usdMicro: 89_250_000n,
      firstAt: NOON,
      lastAt: at(9),
    };
    expect(await books.read.sumPayouts(1)).toEqual(sums);
    expect(await books.read.sumPayouts(9)).toEqual({ payouts: 0, confirmed: 0, amount: 0n });
  });

  it('adds up more than 64 bits hold', async () => {
    const { books } = stage;
    await add(books, participantOf(1));
    const most = 2n ** 63n - 1n;
    const payouts = ['a', 'b', 'c'].map((hash) => payoutOf(1, hash, { amount: most, usdMicro: most }));
    for (const payout of payouts) await books.commit({ type: 'addPayout', payout });
    expect(await books.read.sumPayouts(1)).toMatchObject({ amount: 3n * most, usdMicro: 3n * most });
  });
}
