import type { NodeRegister, TaskAssign } from '@plexus/protocol';
import type { Lease } from './lease.ts';
import { PieceStream } from './piece-stream.ts';

/** What the register message can name. */
const MAX_LEASES = 10_000;
const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** Runs that were cancelled but have not ended yet may take up as many places again. */
const OVERHANG = 2;

export type Resume = NonNullable<NodeRegister['protocol']>['resume'];

interface Places {
  /** Leases whose work is going on. */
  active: number;
  /** Runs that have not ended, of whatever lease. */
  running: number;
}

/** The leases of this node and the places that they take; bounded in number and in bytes of held answers. */
export class LeaseTable {
  readonly #leases = new Map<string, Lease>();
  readonly #places = new Map<string, Places>();
  readonly #waiting: (() => void)[] = [];
  #active = 0;
  #heldBytes = 0;

  get size(): number {
    return this.#leases.size;
  }

  /** Bytes of answers that are kept for later. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** How many have work going on. */
  get active(): number {
    return this.#active;
  }

  find(taskId: string): Lease | undefined {
    return this.#leases.get(taskId);
  }

  all(): readonly Lease[] {
    return [...this.#leases.values()];
  }

  hasRoom(service: string, concurrency: number): boolean {
    const { active, running } = this.#placesOf(service);
    return active < concurrency && running < concurrency * OVERHANG && this.size < MAX_LEASES;
  }

  open(assign: TaskAssign): Lease {
    const lease = newLease(assign);
    this.#leases.set(assign.task_id, lease);
    const places = this.#placesOf(assign.task_type);
    places.active += 1;
    places.running += 1;
    this.#active += 1;
    return lease;
  }

  /** The runner has ended, whether anybody still waits or not. */
  settle(lease: Lease): void {
    this.#placesOf(lease.assign.task_type).running -= 1;
    if (lease.phase === 'over') return;
    this.#leaveWork(lease);
    lease.phase = 'finished';
  }

  /** Ends a lease; its run is aborted when it is going on. */
  end(lease: Lease, reason: string): void {
    const { phase, held } = lease;
    if (phase === 'over') return;
    lease.phase = 'over';
    lease.held = undefined;
    this.#leases.delete(lease.assign.task_id);
    if (held !== undefined) this.#heldBytes -= Buffer.byteLength(held);
    if (phase !== 'finished') {
      this.#leaveWork(lease);
      lease.controller.abort(new Error(reason));
    }
    if (this.size === 0) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Keeps an answer for later; false when there is no room for it. */
  hold(lease: Lease, frame: string): boolean {
    const bytes = Buffer.byteLength(frame);
    if (this.#heldBytes + bytes > MAX_HELD_BYTES) return false;
    this.#heldBytes += bytes;
    lease.held = frame;
    return true;
  }

  resume(): Resume {
    const named: Resume = [];
    for (const { assign } of this.#leases.values()) {
      if (assign.epoch !== undefined) named.push({ task_id: assign.task_id, epoch: assign.epoch });
    }
    return named;
  }

  /** Resolves when no lease is left. */
  async whenEmpty(): Promise<void> {
    if (this.size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #placesOf(service: string): Places {
    const known = this.#places.get(service) ?? { active: 0, running: 0 };
    this.#places.set(service, known);
    return known;
  }

  #leaveWork(lease: Lease): void {
    this.#active -= 1;
    this.#placesOf(lease.assign.task_type).active -= 1;
    clearTimeout(lease.deadline);
  }
}

function newLease(assign: TaskAssign): Lease {
  return {
    assign,
    controller: new AbortController(),
    pieces: PieceStream.of(assign),
    startedAtMs: Date.now(),
    startedAt: performance.now(),
    phase: 'fresh',
    deadline: undefined,
    percent: 0,
    held: undefined,
  };
}
