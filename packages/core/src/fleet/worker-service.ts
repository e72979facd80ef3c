import type { Idempotency } from '../accounts/account-service.ts';
import type { Caller } from '../accounts/caller.ts';
import type { OffsetPage } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import { limitedTo, requireParticipant, viewOf } from './fleet-access.ts';
import { claimOf, type FleetDeps, numberOf } from './fleet-deps.ts';
import type { FleetReader, WorkerFilter } from './fleet-reader.ts';
import { defaultStatsPort, type FleetWorker, type WorkerChange } from './fleet-worker.ts';
import type { SeriesPoint } from './series-chunk.ts';
import { createSeriesReads } from './series-reads.ts';
import { statsSince, type WorkerStats } from './worker-stats.ts';
import type { WorkerState } from './worker-state.ts';

/** A worker with how it stands; without a state it was never asked. */
export interface WatchedWorker {
  readonly worker: FleetWorker;
  readonly state?: WorkerState;
}

export interface NewWorker extends Pick<
  FleetWorker,
  'participantId' | 'name' | 'instanceNumber' | 'host' | 'priceCoefficient'
> {
  readonly statsPort?: number;
  readonly cid?: number;
  readonly idempotency?: Idempotency;
}

/** The machines of the fleet. An operator sees all; a participant its own. */
export interface WorkerService {
  /** @throws {DomainError} FORBIDDEN, PARTICIPANT_NOT_FOUND, IDEMPOTENCY_MISMATCH */
  create(caller: Caller, request: NewWorker): Promise<WatchedWorker>;
  /** @throws {DomainError} FORBIDDEN, WORKER_NOT_FOUND */
  change(caller: Caller, id: number, change: WorkerChange): Promise<WatchedWorker>;
  /** @throws {DomainError} FORBIDDEN, WORKER_NOT_FOUND */
  get(caller: Caller, id: number): Promise<WatchedWorker>;
  /** @throws {DomainError} FORBIDDEN */
  list(caller: Caller, filter: WorkerFilter, page: OffsetPage): Promise<readonly WatchedWorker[]>;
  /**
   * What a worker said in the last hours, oldest first.
   *
   * @throws {DomainError} FORBIDDEN, WORKER_NOT_FOUND
   */
  metrics(
    caller: Caller,
    id: number,
    hours: number,
  ): Promise<WatchedWorker & { readonly points: readonly SeriesPoint[] }>;
  /**
   * Its figures of the last hours; undefined without any.
   *
   * @throws {DomainError} FORBIDDEN, WORKER_NOT_FOUND
   */
  stats(caller: Caller, id: number, hours: number): Promise<WatchedWorker & { readonly stats?: WorkerStats }>;
}

const HOUR_MS = 3_600_000;

export function createWorkerService({ books, clock, live }: FleetDeps): WorkerService {
  const { read } = books;

  async function watched(worker: FleetWorker): Promise<WatchedWorker> {
    const state = live.find(worker.id) ?? (await read.findWorkerState(worker.id));
    return { worker, ...(state && { state }) };
  }

  async function get(caller: Caller, id: number, scope: 'read' | 'wallet' = 'read'): Promise<WatchedWorker> {
    const view = await viewOf(read, caller, scope);
    const worker = await read.findWorker(id);
    if (!worker) {
      requireParticipant(view, view.participant?.id ?? 0);
      throw new DomainError('WORKER_NOT_FOUND', 'Worker not found', { workerId: id });
    }
    requireParticipant(view, worker.participantId);
    return await watched(worker);
  }

  return {
    get: (caller, id) => get(caller, id),

    async create(caller, { idempotency, ...request }) {
      requireParticipant(await viewOf(read, caller, 'wallet'), request.participantId);
      const now = clock();
      const statsPort = request.statsPort ?? defaultStatsPort(request.instanceNumber);
      const worker = { ...request, statsPort, isActive: true, createdAt: now, updatedAt: now };
      const id = numberOf(await books.commit({ type: 'addWorker', worker, ...claimOf(caller, idempotency) }));
      live.changed(id);
      return await get(caller, id);
    },

    async change(caller, id, change) {
      await get(caller, id, 'wallet');
      await books.commit({ type: 'changeWorker', workerId: id, change, at: clock() });
      live.changed(id);
      return await get(caller, id);
    },

    async list(caller, filter, page) {
      const participantId = limitedTo(await viewOf(read, caller, 'read'), filter.participantId);
      const workers = await read.listWorkers(
        { ...filter, ...(participantId !== undefined && { participantId }) },
        page,
      );
      const [first] = workers;
      const states = first ? await read.listWorkerStates(first.id, workers.at(-1)?.id ?? first.id) : [];
      const byId = new Map(states.map((state) => [state.workerId, state]));
      return workers.map((worker) => {
        const state = live.find(worker.id) ?? byId.get(worker.id);
        return { worker, ...(state && { state }) };
      });
    },
    ...figuresOf({ read, live, clock }, get),
  };
}

type FigureDeps = Pick<FleetDeps, 'live' | 'clock'> & { readonly read: Pick<FleetReader, 'listChunks'> };

function figuresOf(
  deps: FigureDeps,
  get: (caller: Caller, id: number) => Promise<WatchedWorker>,
): Pick<WorkerService, 'metrics' | 'stats'> {
  const series = createSeriesReads(deps);
  const hoursAgo = (hours: number): Date => new Date(deps.clock().getTime() - hours * HOUR_MS);
  return {
    async metrics(caller, id, hours) {
      const found = await get(caller, id);
      const from = hoursAgo(hours);
      return { ...found, points: (await series.since(id, from)).filter(({ at }) => at >= from) };
    },

    async stats(caller, id, hours) {
      const found = await get(caller, id);
      const from = hoursAgo(hours);
      const stats = statsSince(await series.since(id, from), from);
      return { ...found, ...(stats && { stats }) };
    },
  };
}
