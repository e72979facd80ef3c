import {
  type Draft,
  type FleetReader,
  type FleetWorker,
  type OffsetPage,
  type PackedChunk,
  type Participant,
  type Payout,
  type PayoutPlan,
  unpackPoints,
  type WorkerState,
} from '@plexus/core';

/** All that the books hold of the fleet. */
export interface FleetShelf {
  readonly fleetCounters: Map<string, number>;
  readonly participants: Map<string, Participant>;
  readonly wallets: Map<string, number>;
  readonly workers: Map<string, FleetWorker>;
  readonly nodeWorkers: Map<string, FleetWorker>;
  readonly workerStates: Map<number, WorkerState>;
  readonly chunks: Map<string, PackedChunk>;
  readonly payouts: Map<string, Payout>;
  readonly payoutHashes: Map<string, number>;
  readonly plans: Map<string, PayoutPlan>;
}

export function emptyFleet(): FleetShelf {
  return {
    fleetCounters: new Map(),
    participants: new Map(),
    wallets: new Map(),
    workers: new Map(),
    nodeWorkers: new Map(),
    workerStates: new Map(),
    chunks: new Map(),
    payouts: new Map(),
    payoutHashes: new Map(),
    plans: new Map(),
  };
}

/** Keeps what a batch changed. */
export function keepFleet(shelf: FleetShelf, draft: Draft): void {
  for (const [name, last] of draft.fleetCounters) shelf.fleetCounters.set(name, last);
  for (const [id, participant] of draft.participants) {
    shelf.participants.set(id, participant);
    shelf.wallets.set(participant.rawWallet, participant.id);
  }
  for (const [id, worker] of draft.workers) {
    shelf.workers.set(id, worker);
    if (worker.nodeId !== undefined) shelf.nodeWorkers.set(worker.nodeId, worker);
  }
  for (const [id, state] of draft.workerStates) shelf.workerStates.set(id, state);
  for (const key of draft.removedChunks.keys()) shelf.chunks.delete(key);
  for (const [key, chunk] of draft.chunks) shelf.chunks.set(key, chunk);
  for (const [hash, payout] of draft.payouts) {
    shelf.payouts.set(hash, payout);
    shelf.payoutHashes.set(hash, payout.id);
  }
  for (const [id, plan] of draft.plans) shelf.plans.set(id, plan);
}

const pageOf = <T>(items: readonly T[], { limit, offset }: OffsetPage): readonly T[] =>
  items.slice(offset, offset + limit);
const sum = (numbers: readonly bigint[]): bigint => numbers.reduce((all, one) => all + one, 0n);

export function fleetReads(shelf: FleetShelf): FleetReader {
  return { ...participantReads(shelf), ...workerReads(shelf), ...payoutReads(shelf) };
}

type Reads<M extends keyof FleetReader> = Pick<FleetReader, M>;

function participantReads(
  shelf: FleetShelf,
): Reads<'findParticipant' | 'findParticipantByWallet' | 'listParticipants' | 'listParticipantTotals'> {
  const all = (): readonly Participant[] => [...shelf.participants.values()].toSorted((a, b) => a.id - b.id);
  return {
    findParticipant: async (id) => shelf.participants.get(String(id)),
    findParticipantByWallet: async (wallet) => all().find(({ rawWallet }) => rawWallet === wallet),
    listParticipants: async (page) => pageOf(all(), page),
    listParticipantTotals: async (first, last) =>
      all()
        .filter(({ id }) => id >= first && id <= last)
        .map(({ id }) => {
          const workers = [...shelf.workers.values()].filter(({ participantId }) => participantId === id);
          const payouts = [...shelf.payouts.values()].filter(({ participantId }) => participantId === id);
          const times = payouts.map(({ transactionAt }) => transactionAt.getTime());
          return {
            participantId: id,
            workers: workers.length,
            activeWorkers: workers.filter(({ isActive }) => isActive).length,
            revenue: sum(workers.map((worker) => BigInt(shelf.workerStates.get(worker.id)?.revenue ?? 0))),
            payouts: payouts.length,
            ...(times.length > 0 && { lastPayoutAt: new Date(Math.max(...times)) }),
          };
        }),
  };
}

function workerReads(
  shelf: FleetShelf,
): Reads<'findWorker' | 'listWorkers' | 'findWorkerState' | 'listWorkerStates' | 'listChunks'> {
  const all = (): readonly FleetWorker[] => [...shelf.workers.values()].toSorted((a, b) => a.id - b.id);
  return {
    findWorker: async (id) => shelf.workers.get(String(id)),
    listWorkers: async ({ participantId, isActive }, page) =>
      pageOf(
        all().filter(
          (worker) =>
            (participantId ?? worker.participantId) === worker.participantId &&
            (isActive ?? worker.isActive) === worker.isActive,
        ),
        page,
      ),
    findWorkerState: async (id) => shelf.workerStates.get(id),
    listWorkerStates: async (first, last) =>
      [...shelf.workerStates.values()]
        .filter(({ workerId }) => workerId >= first && workerId <= last)
        .toSorted((a, b) => a.workerId - b.workerId),
    listChunks: async (workerId, resolution, from, before) =>
      [...shelf.chunks.values()]
        .filter(
          (chunk) =>
            chunk.workerId === workerId &&
            chunk.resolution === resolution &&
            chunk.startAt >= from &&
            chunk.startAt < before,
        )
        .toSorted((a, b) => a.startAt.getTime() - b.startAt.getTime())
        .map((chunk) => ({ ...chunk, points: unpackPoints(chunk.points) })),
  };
}

function payoutReads(
  shelf: FleetShelf,
): Reads<'findPayout' | 'listPayouts' | 'sumPayouts' | 'plannedUntilMs' | 'findPlan' | 'listPlans'> {
  const all = (): readonly Payout[] =>
    [...shelf.payouts.values()].toSorted(
      (a, b) => b.transactionAt.getTime() - a.transactionAt.getTime() || b.id - a.id,
    );
  return {
    findPayout: async (id) => all().find((payout) => payout.id === id),
    listPayouts: async ({ participantId, isConfirmed, from, before }, page) =>
      pageOf(
        all().filter(
          (payout) =>
            (participantId ?? payout.participantId) === payout.participantId &&
            (isConfirmed ?? payout.isConfirmed) === payout.isConfirmed &&
            (from ?? payout.transactionAt) <= payout.transactionAt &&
            (before === undefined || payout.transactionAt < before),
        ),
        page,
      ),
    async sumPayouts(participantId) {
      const payouts = all().filter((payout) => payout.participantId === participantId);
      const usd = payouts.flatMap(({ usdMicro }) => usdMicro ?? []);
      const times = payouts.map(({ transactionAt }) => transactionAt.getTime());
      return {
        payouts: payouts.length,
        confirmed: payouts.filter(({ isConfirmed }) => isConfirmed).length,
        amount: sum(payouts.map(({ amount }) => amount)),
        ...(usd.length > 0 && { usdMicro: sum(usd) }),
        ...(times.length > 0 && { firstAt: new Date(Math.min(...times)), lastAt: new Date(Math.max(...times)) }),
      };
    },
    plannedUntilMs: async () => shelf.fleetCounters.get('plan') ?? 0,
    findPlan: async (id) => shelf.plans.get(id),
    listPlans: async (page) =>
      pageOf(
        [...shelf.plans.values()].toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime()),
        page,
      ),
  };
}
