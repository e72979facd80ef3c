import type { FleetWorker } from '../fleet/fleet-worker.ts';
import type { Participant } from '../fleet/participant.ts';
import type { Payout } from '../fleet/payout.ts';
import type { PayoutPlan } from '../fleet/payout-plan.ts';
import type { ChunkKey, PackedChunk } from '../fleet/series-chunk.ts';
import type { WorkerState } from '../fleet/worker-state.ts';
import { UndoLog } from './undo-log.ts';

/** Numbers of the fleet are given from these counters; `plan` is where the last plan's period ended, in milliseconds. */
export type FleetCounter = 'participant' | 'worker' | 'payout' | 'plan';

/** What a batch touches of the fleet, as it was loaded. */
export interface FleetLoaded {
  /** The last number that each counter gave. */
  readonly fleetCounters: ReadonlyMap<string, number>;
  /** By number. */
  readonly participants: ReadonlyMap<string, Participant>;
  /** Number of the participant by its raw wallet. */
  readonly wallets: ReadonlyMap<string, number>;
  /** By number. */
  readonly workers: ReadonlyMap<string, FleetWorker>;
  /** By the node that is one. */
  readonly nodeWorkers: ReadonlyMap<string, FleetWorker>;
  /** Number of the payout by its transaction. */
  readonly payoutHashes: ReadonlyMap<string, number>;
  readonly plans: ReadonlyMap<string, PayoutPlan>;
}

/** The fleet's books as a batch of commands leaves them. */
export class FleetDraft extends UndoLog {
  readonly fleetCounters = new Map<FleetCounter, number>();
  readonly participants = new Map<string, Participant>();
  readonly workers = new Map<string, FleetWorker>();
  /** By transaction. */
  readonly payouts = new Map<string, Payout>();
  readonly plans = new Map<string, PayoutPlan>();
  readonly workerStates = new Map<number, WorkerState>();
  readonly chunks = new Map<string, PackedChunk>();
  readonly removedChunks = new Map<string, ChunkKey>();
  private readonly fleet: FleetLoaded;

  constructor(loaded: FleetLoaded) {
    super();
    this.fleet = loaded;
  }

  findCounter(name: FleetCounter): number {
    return this.fleetCounters.get(name) ?? this.fleet.fleetCounters.get(name) ?? 0;
  }

  nextNumber(name: FleetCounter): number {
    const next = this.findCounter(name) + 1;
    this.put(this.fleetCounters, name, next);
    return next;
  }

  findParticipant(id: number): Participant | undefined {
    return this.participants.get(String(id)) ?? this.fleet.participants.get(String(id));
  }

  /** The number of the participant who has a wallet. */
  findWallet(rawWallet: string): number | undefined {
    const fresh = [...this.participants.values()].find((participant) => participant.rawWallet === rawWallet);
    return fresh?.id ?? this.fleet.wallets.get(rawWallet);
  }

  findWorker(id: number): FleetWorker | undefined {
    return this.workers.get(String(id)) ?? this.fleet.workers.get(String(id));
  }

  findNodeWorker(nodeId: string): FleetWorker | undefined {
    const fresh = [...this.workers.values()].find((worker) => worker.nodeId === nodeId);
    return fresh ?? this.fleet.nodeWorkers.get(nodeId);
  }

  /** The number of the payout that a transaction is. */
  findPayoutHash(transactionHash: string): number | undefined {
    return this.payouts.get(transactionHash)?.id ?? this.fleet.payoutHashes.get(transactionHash);
  }

  findPlan(id: string): PayoutPlan | undefined {
    return this.plans.get(id) ?? this.fleet.plans.get(id);
  }
}
