import {
  forgetFirst,
  type Heartbeat,
  type InfernetSite,
  type NodeRegister,
  type ServiceOffer,
  STREAM_WINDOW,
  type TaskAssign,
} from '@plexus/protocol';
import type { NodeRecord, NodeScore } from './node-record.ts';

/** The wire to one connected node. Nothing here waits: messages are handed to the socket. */
export interface NodeSession {
  assign(task: TaskAssign): void;
  cancel(jobId: string, epoch: number, reason: string): void;
  /** The pieces of a streamed lease before `seq` were taken. */
  window(jobId: string, epoch: number, seq: number): void;
  /** Micro-credits: the balance now and by how much it changed. */
  credit(balance: bigint, change: bigint, reason: string): void;
  refuse(code: string, message: string): void;
  drain(reason: string): void;
  close(reason: string): void;
  /** Whether it is no socket: the miner asks for each job over HTTP, and its key there is all that it shows. */
  readonly isPolling?: true;
  /** Whether its node has proven its key: one that did not may be anybody with a token of its account. */
  readonly isProven?: boolean;
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
  /** Moving mean of run times, in milliseconds; not known before the first. */
  meanMs: number | undefined;
  /** Moving mean of units a second. */
  meanUnitsPerSecond: number | undefined;
}

/** What a node says it has. */
export interface NodeResources {
  /** Thousandths of a processor. */
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly gpus: readonly { readonly name: string; readonly memoryBytes: number }[];
}

/** What the language model of a node is made of. */
export interface NodeShape {
  readonly layers: number;
  readonly hiddenDim: number;
  readonly parameters: number;
}

/** A connected node, as the coordinator sees it now. */
export interface LiveNode {
  record: NodeRecord;
  readonly session: NodeSession;
  /** Whether the node speaks our additions: signs receipts and counts tokens. */
  readonly speaksPlexus: boolean;
  services: ReadonlyMap<string, ServiceSlots>;
  /** Services that it may soon offer. */
  settingUp: readonly string[];
  /** Absent for a node that does not say. */
  resources: NodeResources | undefined;
  /** Absent where the file of its model is not known. */
  shape: NodeShape | undefined;
  /** Its containers for Infernet's clients, where it has any. */
  infernet: InfernetSite | undefined;
  /** Where it says how it does. */
  stats: NonNullable<NodeRegister['protocol']>['stats'];
  draining: boolean;
  /** Jobs that it takes now beside those that it has, whatever places its services have; of a socket as many as these. */
  openPlaces: number;
  score: NodeScore;
  reputation: number;
  cpuPercent?: number;
  /** Of its machine, in use, by its last word. */
  memoryUsedBytes: number | undefined;
  lastSeenAt: Date;
  /** The service of each job that it has under lease, by the job's id. */
  readonly leases: Map<string, string>;
  /** Jobs that were taken from it lately, with how many pieces of each may still be on their way. */
  readonly released: Map<string, number>;
}

/** Tasks that a node of the original system, which says nothing of it, is given at once. */
const ORIGINAL_NODE_CONCURRENCY = 8;

/**
 * The services of a register message: our additions where present, else the bare capabilities. What is known goes on, and
 * what runs counts, also of a service that was not offered for a while.
 */
export function servicesOf(
  capabilities: readonly string[],
  offers: readonly ServiceOffer[] | undefined,
  before?: Pick<LiveNode, 'services' | 'leases'>,
): Map<string, ServiceSlots> {
  const offered: readonly ServiceOffer[] =
    offers ?? capabilities.map((id) => ({ id, concurrency: ORIGINAL_NODE_CONCURRENCY }));
  const services = new Map(
    offered.map(({ id, concurrency, models = [], weights = {}, features = [] }) => {
      const { meanMs, meanUnitsPerSecond } = before?.services.get(id) ?? {};
      return [id, { id, concurrency, models, weights, features, active: 0, meanMs, meanUnitsPerSecond }];
    }),
  );
  for (const service of before?.leases.values() ?? []) {
    const slots = services.get(service);
    if (slots) slots.active += 1;
  }
  return services;
}

/** The resources of a register message. */
export function resourcesOf({ protocol }: NodeRegister): NodeResources | undefined {
  const { resources } = protocol ?? {};
  if (!resources) return undefined;
  const gpus = resources.gpus.map(({ name, memory_bytes: memoryBytes }) => ({ name, memoryBytes }));
  return { cpuMillis: resources.cpu_millis, memoryBytes: resources.memory_bytes, gpus };
}

/** Whether a node takes a job of a service now. */
export function hasPlace({ services, draining, openPlaces }: LiveNode, service: string): boolean {
  const slots = services.get(service);
  return slots !== undefined && slots.active < slots.concurrency && openPlaces > 0 && !draining;
}

/** The model of a register message. */
export function shapeOf({ protocol }: NodeRegister): NodeShape | undefined {
  const { model } = protocol ?? {};
  return model && { layers: model.layers, hiddenDim: model.hidden_dim, parameters: model.parameters };
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

/** Notes how long a task of a service took, and for how many units. */
export function noteRunTime(
  { services }: LiveNode,
  service: string,
  run: { milliseconds: number; units: number },
): void {
  const slots = services.get(service);
  if (!slots) return;
  slots.meanMs = mean(slots.meanMs, run.milliseconds);
  slots.meanUnitsPerSecond = mean(slots.meanUnitsPerSecond, (run.units * 1000) / Math.max(1, run.milliseconds));
}

function mean(before: number | undefined, value: number): number {
  return before === undefined ? value : before + MEAN_WEIGHT * (value - before);
}

/** Jobs that a node is remembered to have been released from. */
const MAX_RELEASED = 100;

/** Notes that a job was taken from a node. */
export function noteReleased({ released }: LiveNode, jobId: string): void {
  released.set(jobId, 2 * STREAM_WINDOW);
  if (released.size > MAX_RELEASED) forgetFirst(released);
}

/** Whether a piece of a job that was taken from the node may have been on its way. */
export function isLate({ released }: LiveNode, jobId: string): boolean {
  const left = released.get(jobId) ?? 0;
  if (left > 0) released.set(jobId, left - 1);
  return left > 0;
}

/** Notes that a node is alive, and how busy it says its processor is. */
export function noteHeartbeat(
  node: LiveNode,
  { cpu_percent, load, memory_used_bytes: memoryUsedBytes }: Heartbeat,
  now: Date,
): void {
  node.lastSeenAt = now;
  const cpuPercent = cpu_percent ?? (load === undefined ? undefined : 100 * load);
  if (cpuPercent !== undefined) node.cpuPercent = cpuPercent;
  if (memoryUsedBytes !== undefined) node.memoryUsedBytes = memoryUsedBytes;
}
