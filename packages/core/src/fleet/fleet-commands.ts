import type { Claim } from '../books/commands.ts';
import type { FleetWorker, WorkerChange } from './fleet-worker.ts';
import type { Participant } from './participant.ts';
import type { NewPayout } from './payout.ts';
import type { PayoutPlan } from './payout-plan.ts';
import type { ChunkKey, PackedChunk } from './series-chunk.ts';
import type { WorkerState } from './worker-state.ts';

/** What changes the fleet's books. Numbers are given by the books. */
export type FleetCommand = AddParticipant | AddWorker | ChangeWorker | AddPayout | KeepSeries | KeepPlan;

export interface AddParticipant {
  readonly type: 'addParticipant';
  readonly participant: Omit<Participant, 'id'>;
  readonly claim?: Claim;
}

/** Adds a worker; a node's own is changed to what is given where it is there already. */
export interface AddWorker {
  readonly type: 'addWorker';
  readonly worker: Omit<FleetWorker, 'id'>;
  readonly claim?: Claim;
}

export interface ChangeWorker {
  readonly type: 'changeWorker';
  readonly workerId: number;
  readonly change: WorkerChange;
  readonly at: Date;
}

export interface AddPayout {
  readonly type: 'addPayout';
  readonly payout: NewPayout;
  readonly claim?: Claim;
}

/** Writes what workers said, and how they stand; and puts some of what was written in another form. */
export interface KeepSeries {
  readonly type: 'keepSeries';
  readonly states: readonly WorkerState[];
  readonly chunks: readonly PackedChunk[];
  readonly removed: readonly ChunkKey[];
}

/**
 * Writes a plan as it is from now on, if nobody has written it since its last revision, and with it the payouts that it
 * came to.
 */
export interface KeepPlan {
  readonly type: 'keepPlan';
  readonly plan: PayoutPlan;
  readonly payouts: readonly NewPayout[];
  /** Of a new plan: what it was worked out of. */
  readonly basis?: PlanBasis;
}

/** Where plans stood when a new one was worked out: it takes up what the last one left, and no other may meanwhile. */
export interface PlanBasis {
  /** Until when time was planned, as milliseconds. */
  readonly plannedUntilMs: number;
  /** The last plan that was not cancelled. */
  readonly lastPlanId?: string;
}
