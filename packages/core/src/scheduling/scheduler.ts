import type { Candidate, Decision, Demands } from '../jobs/job.ts';
import type { PendingFor } from '../jobs/node-containers.ts';
import { hasPlace, type LiveNode, type ServiceSlots } from '../nodes/live-node.ts';
import { createCandidates, type Placement } from './candidates.ts';
import type { ReadyIndex } from './ready-index.ts';
import { createRules, type Rules, ruleOut } from './rules.ts';

/** Ready nodes that are scored for one task; more would cost time and win little (power of d choices). */
const SAMPLE_SIZE = 8;
/** Nodes of which a refusal tells why they were unfit. */
const EXPLAINED_NODES = 20;
/** Several coordinators, or one after a restart, begin at different nodes. */
const FIRST_TURNS = 1_000_000;

/** Shares of the score: room for the task, reputation, and speed in this service. They add up to 1. */
const WEIGHTS = { room: 0.5, reputation: 0.3, speed: 0.2 } as const;
/** The same where the client wants speed before all else. */
const SPEED_WEIGHTS = { room: 0.1, reputation: 0.1, speed: 0.8 } as const;
/** A run time at which speed counts half, in milliseconds. */
const HALF_SPEED_MS = 500;
/** The same for throughput, in units a second. */
const HALF_UNITS_PER_SECOND = 50;

/** How fast a service is done. */
interface Pace {
  readonly meanMs: number;
  /** Tasks that end in a second, all nodes together. */
  readonly perSecond: number;
}

export interface Choice {
  readonly node?: LiveNode;
  readonly decision: Decision;
}

/** Decides which node gets a task, and says why. */
export interface Scheduler {
  choose(placement: Placement): Choice;
  /** Whether any node has a free place for a service. */
  hasRoom(service: string): boolean;
  /** Seconds until one of the jobs that wait for a service is gone, as far as is known. */
  secondsEach(service: string): number;
  /** How fast a service is done by the nodes that offer it, where that was measured. */
  pace(service: string): Pace | undefined;
  /** Whether any connected node could take the task when it has a place. */
  isPossible(placement: Placement): boolean;
  /** Whether any of them lets one more such task wait for it. */
  takesIn(placement: Placement): boolean;
  /** Why each connected node is unfit, in words; at most 20 of them. */
  unfit(placement: Placement): readonly string[];
}

export interface SchedulerDeps {
  readonly index: ReadyIndex;
  readonly clock: () => Date;
  /** Uniform in [0, 1): where the choices begin. */
  readonly random: () => number;
  /** Open jobs that count for a container of a node; by default none does. */
  readonly pendingFor?: PendingFor;
}

export function createScheduler({ index, clock, random, pendingFor = () => 0 }: SchedulerDeps): Scheduler {
  const candidates = createCandidates(index);
  const ruleOutNow = createRules(pendingFor);
  /** Moves on by one node for each choice, so that what the next one looks at is still at hand. */
  let turn = Math.floor(random() * FIRST_TURNS);

  const lookFor =
    (placement: Placement): Look =>
    (node) => ({ node, candidate: judge(node, placement, ruleOutNow(node, placement)) });

  /** The first of the nodes that the client wants tried first. */
  function preferred(placement: Placement, look: Look): Scored | undefined {
    const named = candidates.named(placement.demands?.order ?? [], placement.service);
    return named.map(look).find(({ candidate }) => candidate.score !== undefined);
  }

  const isAnyFit = (placement: Placement, rules: Rules): boolean =>
    candidates.online(placement).some((pool) => pool.some((node) => rules(node, placement) === undefined));

  return {
    choose(placement) {
      const pools = candidates.ready(placement);
      const look = lookFor(placement);
      const first = preferred(placement, look);
      const sample = first ? [first.node] : pools.flatMap((pool) => sampleOf(pool, turn));
      turn += 1;
      const scored = first ? [first] : sample.map(look);
      const best = bestOf(scored) ?? anyOf(pools, sample, look);
      const places = pools.reduce((sum, pool) => sum + pool.length, 0);
      const considered = scored.map(({ candidate }) => candidate);
      if (best && !scored.includes(best)) considered.push(best.candidate);
      const decision = { at: clock(), considered, notConsidered: Math.max(0, places - considered.length) };
      if (!best) return { decision };
      considered.push(...passedOver(candidates.offering(placement), placement, { scored, places, rules: ruleOutNow }));
      return { node: best.node, decision: { ...decision, chosen: best.node.record.id } };
    },

    hasRoom: (service) => index.readyFor(service).some((pool) => pool.length > 0),

    secondsEach(service) {
      const pace = paceOf(index.offering(service), service, HALF_SPEED_MS);
      return pace ? 1 / pace.perSecond : 0;
    },

    pace: (service) => paceOf(index.offering(service), service),

    isPossible: (placement) => isAnyFit(placement, ruleOut),
    takesIn: (placement) => isAnyFit(placement, ruleOutNow),

    unfit(placement) {
      const nodes = candidates.offering(placement);
      const soon = soonOffered(index, placement);
      if (nodes.length + soon.length === 0) return [noneOffers(placement)];
      const reasonOf = (node: LiveNode) => `${node.record.id}: ${ruleOutNow(node, placement) ?? 'at capacity'}`;
      const told = nodes.slice(0, EXPLAINED_NODES).map(reasonOf);
      const rest = nodes.length > told.length ? [`and ${nodes.length - told.length} more`] : [];
      return [...told, ...rest, ...soon];
    },
  };
}

interface Looked {
  readonly scored: readonly Scored[];
  /** Nodes that had a free place and came into question. */
  readonly places: number;
  readonly rules: Rules;
}

/** What kept other nodes of the service out: of a few, so that a choice among many stays cheap. */
function passedOver(
  offering: readonly LiveNode[],
  placement: Placement,
  { scored, places, rules }: Looked,
): Candidate[] {
  if (offering.length <= places) return [];
  const others = offering.slice(0, SAMPLE_SIZE).filter((node) => !scored.some((entry) => entry.node === node));
  return others.flatMap((node) => {
    const ruledOut = rules(node, placement) ?? (hasPlace(node, placement.service) ? undefined : 'at capacity');
    return ruledOut === undefined ? [] : [{ nodeId: node.record.id, parts: {}, ruledOut }];
  });
}

/** Which nodes may offer the service in a moment. */
function soonOffered(index: ReadyIndex, { service, demands }: Placement): readonly string[] {
  const nodes = index.settingUp(service).filter(({ record }) => demands?.only?.includes(record.id) ?? true);
  return nodes.slice(0, EXPLAINED_NODES).map(({ record }) => `${record.id}: is still setting up "${service}"`);
}

function noneOffers({ service, demands }: Placement): string {
  const { only, offerId } = demands ?? {};
  if (offerId !== undefined)
    return `${only?.join(', ')}, whose offer was accepted, is not connected or does not offer "${service}"`;
  if (only?.length === 0) return 'waits for an offer to be accepted';
  return only
    ? `none of the nodes that were asked for offers "${service}" now`
    : `no connected node offers "${service}"`;
}

/** @param unknownMs what a node counts for that has not been measured; else it does not count */
function paceOf(nodes: readonly LiveNode[], service: string, unknownMs?: number): Pace | undefined {
  const sample = nodes.slice(0, EXPLAINED_NODES);
  const known = sample.flatMap(({ services }) => {
    const { concurrency: places = 0, meanMs: ms = unknownMs } = services.get(service) ?? {};
    return ms === undefined || places === 0 ? [] : [{ ms: Math.max(1, ms), places }];
  });
  if (known.length === 0) return undefined;
  const sum = known.reduce((total, { ms }) => total + ms, 0);
  return {
    meanMs: sum / known.length,
    perSecond: known.reduce((total, { ms, places }) => total + (places * 1000) / ms, 0),
  };
}

interface Scored {
  readonly node: LiveNode;
  readonly candidate: Candidate;
}

/** Scores a node for one task, or says what rules it out. */
type Look = (node: LiveNode) => Scored;

function sampleOf(pool: readonly LiveNode[], turn: number): LiveNode[] {
  const start = turn % pool.length;
  const rotated = Array.from({ length: Math.min(SAMPLE_SIZE, pool.length) }, (_, i) => (start + i) % pool.length);
  return rotated.flatMap((position) => pool[position] ?? []);
}

/** Only reached when nothing in the sample was fit, as when nearly every node has had its turn. */
function anyOf(pools: readonly (readonly LiveNode[])[], sample: readonly LiveNode[], look: Look): Scored | undefined {
  for (const pool of pools) {
    for (const node of pool) {
      const scored = sample.includes(node) ? undefined : look(node);
      if (scored?.candidate.score !== undefined) return scored;
    }
  }
  return undefined;
}

function bestOf(scored: readonly Scored[]): Scored | undefined {
  let best: Scored | undefined;
  for (const entry of scored) {
    const score = entry.candidate.score;
    if (score !== undefined && (best?.candidate.score ?? -1) < score) best = entry;
  }
  return best;
}

function judge(node: LiveNode, placement: Placement, ruledOut: string | undefined): Candidate {
  if (ruledOut !== undefined) return { nodeId: node.record.id, parts: {}, ruledOut };
  const { service, demands } = placement;
  const slots = node.services.get(service);
  const parts = {
    room: slots ? round(1 - slots.active / slots.concurrency) : 0,
    reputation: round(node.reputation / 5),
    speed: round(speedOf(slots, demands?.sort)),
  };
  const isFast = demands?.sort === 'latency' || demands?.sort === 'throughput';
  const weights = isFast ? SPEED_WEIGHTS : WEIGHTS;
  const score = weights.room * parts.room + weights.reputation * parts.reputation + weights.speed * parts.speed;
  return { nodeId: node.record.id, score: round(score), parts };
}

/** From 0 to 1: by units a second where the client wants throughput, else by run time. */
function speedOf(slots: ServiceSlots | undefined, sort: Demands['sort']): number {
  const { meanMs = HALF_SPEED_MS, meanUnitsPerSecond: rate = HALF_UNITS_PER_SECOND } = slots ?? {};
  return sort === 'throughput' ? rate / (rate + HALF_UNITS_PER_SECOND) : HALF_SPEED_MS / (HALF_SPEED_MS + meanMs);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
