import type { Heartbeat, ServiceOffer, TaskAssign } from '@plexus/protocol';
import type { NodeRecord, NodeScore } from './node-record.ts';

/** The wire to one connected node. Nothing here waits: messages are handed to the socket. */
export interface NodeSession {
  assign(task: TaskAssign): void;
  cancel(jobId: string, epoch: number, reason: string): void;
  /** Micro-credits: the balance now and by how much it changed. */
  credit(balance: bigint, change: bigint, reason: string): void;
  refuse(code: string, message: string): void;
  drain(reason: string): void;
  close(reason: string): void;
}

/** One service of a connected node. */
export interface ServiceSlots {
  readonly id: string;
  readonly concurrency: number;
  readonly models: readonly string[];
  /** SHA-256 in hex of the weights of its models, where they are known. */
  readonly weights: Readonly<Record<string, string>>;
  readonly features: readonly string[];
  active: number;
}

/** A connected node, as the coordinator sees it now. */
export interface LiveNode {
  record: NodeRecord;
  readonly session: NodeSession;
  /** Whether the node speaks our additions: signs receipts and counts tokens. */
  readonly speaksPlexus: boolean;
  services: ReadonlyMap<string, ServiceSlots>;
  draining: boolean;
  score: NodeScore;
  reputation: number;
  /** Moving mean of run times by service, in milliseconds. */
  readonly meanMs: Map<string, number>;
  cpuPercent?: number;
  lastSeenAt: Date;
  /** Ids of the jobs that it has under lease. */
  readonly leases: Set<string>;
}

/** Tasks that a node of the original system, which says nothing of it, is given at once. */
const ORIGINAL_NODE_CONCURRENCY = 8;

/** The services of a register message: our additions where present, else the bare capabilities. */
export function servicesOf(
  capabilities: readonly string[],
  offers: readonly ServiceOffer[] | undefined,
  before?: ReadonlyMap<string, ServiceSlots>,
): Map<string, ServiceSlots> {
  const offered: readonly ServiceOffer[] =
    offers ?? capabilities.map((id) => ({ id, concurrency: ORIGINAL_NODE_CONCURRENCY }));
  return new Map(
    offered.map(({ id, concurrency, models = [], weights = {}, features = [] }) => [
      id,
      { id, concurrency, models, weights, features, active: before?.get(id)?.active ?? 0 },
    ]),
  );
}

/** Share of a node's places that are taken, 0 to 1. */
export function loadOf(node: LiveNode): number {
  let active = 0;
  let places = 0;
  for (const service of node.services.values()) {
    active += service.active;
    places += service.concurrency;
  }
  return places === 0 ? 1 : Math.min(1, Math.round((active / places) * 1000) / 1000);
}

/** How much of the newest run time enters the moving mean. */
const MEAN_WEIGHT = 0.2;

/** Notes how long a task of a service took. */
export function noteRunTime(node: LiveNode, service: string, milliseconds: number): void {
  const mean = node.meanMs.get(service);
  node.meanMs.set(service, mean === undefined ? milliseconds : mean + MEAN_WEIGHT * (milliseconds - mean));
}

/** Notes that a node is alive, and how busy it says its processor is. */
export function noteHeartbeat(node: LiveNode, { cpu_percent }: Heartbeat, now: Date): void {
  node.lastSeenAt = now;
  if (cpu_percent !== undefined) node.cpuPercent = cpu_percent;
}
