import type { OffsetPage } from '../books/books.ts';
import type { FleetWorker } from './fleet-worker.ts';
import type { Participant, ParticipantTotals } from './participant.ts';
import type { Payout, PayoutFilter, PayoutSums } from './payout.ts';
import type { PayoutPlan } from './payout-plan.ts';
import type { Resolution, SeriesChunk } from './series-chunk.ts';
import type { WorkerState } from './worker-state.ts';

/** Which workers; all without. */
export interface WorkerFilter {
  readonly participantId?: number;
  readonly isActive?: boolean;
}

/** Reads of the fleet's books. */
export interface FleetReader {
  findParticipant(id: number): Promise<Participant | undefined>;
  findParticipantByWallet(rawWallet: string): Promise<Participant | undefined>;
  /** By number. */
  listParticipants(page: OffsetPage): Promise<readonly Participant[]>;
  /** Of participants with numbers from `first` to `last`, both inclusive; by number. Who has nothing is left out. */
  listParticipantTotals(first: number, last: number): Promise<readonly ParticipantTotals[]>;
  findWorker(id: number): Promise<FleetWorker | undefined>;
  /** By number. */
  listWorkers(filter: WorkerFilter, page: OffsetPage): Promise<readonly FleetWorker[]>;
  findWorkerState(workerId: number): Promise<WorkerState | undefined>;
  /** Of workers with numbers from `first` to `last`, both inclusive; by number. */
  listWorkerStates(first: number, last: number): Promise<readonly WorkerState[]>;
  /** A worker's chunks that begin from one instant on and before another, oldest first: one indexed read. */
  listChunks(workerId: number, resolution: Resolution, from: Date, before: Date): Promise<readonly SeriesChunk[]>;
  findPayout(id: number): Promise<Payout | undefined>;
  /** Newest first. */
  listPayouts(filter: PayoutFilter, page: OffsetPage): Promise<readonly Payout[]>;
  sumPayouts(participantId: number): Promise<PayoutSums>;
  /** Until when time is in a plan, as milliseconds; 0 before the first. */
  plannedUntilMs(): Promise<number>;
  findPlan(id: string): Promise<PayoutPlan | undefined>;
  /** Newest first. */
  listPlans(page: OffsetPage): Promise<readonly PayoutPlan[]>;
}
