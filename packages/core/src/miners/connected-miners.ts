import { DomainError } from '../errors.ts';
import type { LeaseDesk } from '../jobs/lease-desk.ts';
import type { Timers } from '../jobs/live-job.ts';
import { minerIdOf, requireMiner } from '../marketplace/miner-choice.ts';
import { type LiveNode, noteHeartbeat } from '../nodes/live-node.ts';
import type { NodeRegistry } from '../nodes/node-registry.ts';
import type { MinerCaller } from './miner-service.ts';
import type { PollingSession } from './polling-session.ts';

/** How often it is looked for miners that are silent. */
const LOOK_EVERY_MS = 5000;

export interface ConnectedMinersDeps {
  readonly registry: NodeRegistry;
  readonly desk: LeaseDesk;
  readonly timers: Timers;
  readonly clock: () => Date;
  /** Milliseconds of a clock that nobody sets. */
  readonly now: () => number;
  /** A miner that is silent for so long is gone, as a node on a socket would be. */
  readonly silenceMs: number;
  readonly isLoopback: boolean;
}

/** A miner that is there. */
export interface ConnectedMiner {
  readonly session: PollingSession;
  readonly node: LiveNode;
  heardAt: number;
}

/** The miners that poll, one for each key, until they are silent for too long. */
export class ConnectedMiners {
  private readonly byKey = new Map<string, ConnectedMiner>();
  private readonly deps: ConnectedMinersDeps;
  private stopLooking: () => void = () => undefined;

  constructor(deps: ConnectedMinersDeps) {
    this.deps = deps;
    this.lookLater();
  }

  /** A key that stood for another miner has left that one. */
  put(keyId: string, miner: ConnectedMiner): void {
    this.drop(keyId);
    this.byKey.set(keyId, miner);
  }

  find(keyId: string): ConnectedMiner | undefined {
    return this.byKey.get(keyId);
  }

  /**
   * The miner that speaks, which is there as long as it does.
   *
   * @throws {DomainError} FORBIDDEN, NODE_NOT_FOUND, NODE_IDENTITY_REFUSED
   */
  get({ caller, sessionToken }: MinerCaller): ConnectedMiner {
    const { now, clock, isLoopback } = this.deps;
    requireMiner(caller, isLoopback);
    const miner = this.byKey.get(caller.keyId);
    if (!miner || miner.session.isClosed) throw notRegistered(caller.keyId);
    const nodeId = miner.node.record.id;
    if (sessionToken !== undefined && sessionToken !== miner.session.token) {
      throw new DomainError('NODE_IDENTITY_REFUSED', 'This session was replaced by a newer registration', { nodeId });
    }
    miner.heardAt = now();
    noteHeartbeat(miner.node, {}, clock());
    return miner;
  }

  /** Ends every wait; their jobs are taken up after the next start. */
  close(): void {
    this.stopLooking();
    for (const { session } of this.byKey.values()) session.close();
  }

  private drop(keyId: string): void {
    const miner = this.byKey.get(keyId);
    if (!miner) return;
    const { registry, desk } = this.deps;
    this.byKey.delete(keyId);
    miner.session.close();
    const gone = registry.disconnect(miner.session, miner.node.record.id);
    if (gone) desk.lost(gone);
  }

  private lookLater(): void {
    const { timers, now, silenceMs } = this.deps;
    this.stopLooking = timers.after(LOOK_EVERY_MS, () => {
      for (const [keyId, { heardAt }] of this.byKey) if (now() - heardAt > silenceMs) this.drop(keyId);
      this.lookLater();
    });
  }
}

function notRegistered(keyId: string): DomainError {
  const message = 'No miner is registered with this key, or it was silent for too long: register first';
  return new DomainError('NODE_NOT_FOUND', message, { nodeId: minerIdOf({ keyId }) });
}
