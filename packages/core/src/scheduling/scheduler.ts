import { formatCredits, serviceFor } from '@plexus/protocol';
import { changed } from '../changed.ts';
import { askedBy, keptFrom } from '../jobs/node-containers.ts';
import type { Candidate, Decision, Demands } from '../jobs/job.ts';
import type { LiveNode, ServiceSlots } from '../nodes/live-node.ts';
import { createCandidates, languageOf, modelOf, type Placement } from './candidates.ts';
import { baseLanguage, type ReadyIndex } from './ready-index.ts';
import { missingResource } from './resources.ts';

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
  /** Why each connected node is unfit, in words; at most 20 of them. */
  unfit(placement: Placement): readonly string[];
}

export interface SchedulerDeps {
  readonly index: ReadyIndex;
  readonly clock: () => Date;
  /** Uniform in [0, 1): where the choices begin. */
  readonly random: () => number;
}

export function createScheduler({ index, clock, random }: SchedulerDeps): Scheduler {
  const candidates = createCandidates(index);
  /** Moves on by one node for each choice, so that what the next one looks at is still at hand. */
  let turn = Math.floor(random() * FIRST_TURNS);

  /** The first of the nodes that the client wants tried first. */
  function preferred(placement: Placement): Scored | undefined {
    const wanted = placement.demands?.order;
    if (!wanted) return undefined;
    const scored = candidates
      .named(wanted, placement.service)
      .map((node) => ({ node, candidate: judge(node, placement) }));
    return scored.find(({ candidate }) => candidate.score !== undefined);
  }

  return {
    choose(placement) {
      const pools = candidates.ready(placement);
      const first = preferred(placement);
      const sample = first ? [first.node] : pools.flatMap((pool) => sampleOf(pool, turn));
      turn += 1;
      const scored = first ? [first] : sample.map((node) => ({ node, candidate: judge(node, placement) }));
      const best = bestOf(scored) ?? bestOf(scanAll(pools, sample, placement));
      const places = pools.reduce((sum, pool) => sum + pool.length, 0);
      const considered = scored.map(({ candidate }) => candidate);
      if (best && !scored.includes(best)) considered.push(best.candidate);
      const decision = { at: clock(), considered, notConsidered: Math.max(0, places - considered.length) };
      return best ? { node: best.node, decision: changed(decision, { chosen: best.node.record.id }) } : { decision };
    },

    hasRoom: (service) => index.readyFor(service).some((pool) => pool.length > 0),

    secondsEach(service) {
      const pace = paceOf(index.offering(service), service, HALF_SPEED_MS);
      return pace ? 1 / pace.perSecond : 0;
    },

    pace: (service) => paceOf(index.offering(service), service),

    isPossible(placement) {
      const isFit = (node: LiveNode): boolean => ruleOut(node, placement) === undefined;
      return candidates.online(placement).some((pool) => pool.some(isFit));
    },

    unfit(placement) {
      const nodes = candidates.offering(placement);
      const told = nodes.slice(0, EXPLAINED_NODES).map((node) => {
        const reason = ruleOut(node, placement) ?? 'at capacity';
        return `${node.record.id}: ${reason}`;
      });
      if (nodes.length === 0) return [noneOffers(placement)];
      return nodes.length > told.length ? [...told, `and ${nodes.length - told.length} more`] : told;
    },
  };
}

function noneOffers({ service, demands }: Placement): string {
  const { only, offerId } = demands ?? {};
  if (offerId !== undefined)
    return `${only?.join(', ')}, whose offer was accepted, is not connected or does not offer "${service}"`;
  return only?.length === 0 ? 'waits for an offer to be accepted' : `no connected node offers "${service}"`;
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

function sampleOf(pool: readonly LiveNode[], turn: number): LiveNode[] {
  const start = turn % pool.length;
  const rotated = Array.from({ length: Math.min(SAMPLE_SIZE, pool.length) }, (_, i) => (start + i) % pool.length);
  return rotated.flatMap((position) => pool[position] ?? []);
}

/** Only reached when nothing in the sample was fit, as when nearly every node has had its turn. */
function scanAll(pools: readonly (readonly LiveNode[])[], sample: readonly LiveNode[], placement: Placement): Scored[] {
  for (const pool of pools) {
    const node = pool.find((other) => !sample.includes(other) && ruleOut(other, placement) === undefined);
    if (node) return [{ node, candidate: judge(node, placement) }];
  }
  return [];
}

function bestOf(scored: readonly Scored[]): Scored | undefined {
  let best: Scored | undefined;
  for (const entry of scored) {
    const score = entry.candidate.score;
    if (score !== undefined && (best?.candidate.score ?? -1) < score) best = entry;
  }
  return best;
}

function judge(node: LiveNode, placement: Placement): Candidate {
  const ruledOut = ruleOut(node, placement);
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

/** What rules a node out for a task, whatever its load. */
function ruleOut(node: LiveNode, placement: Placement): string | undefined {
  const barred = barredFrom(node, placement) ?? keptContainer(node, placement);
  // The miner of an offer said itself that it does such jobs, and has a price for the whole.
  if (barred !== undefined || placement.demands?.offerId !== undefined) return barred;
  const { service, params, demands } = placement;
  const { unitType } = serviceFor(service);
  if (unitType !== 'request' && !node.speaksPlexus) return `does not count ${unitType}s`;
  const missing = missingAbility(node, placement) ?? missingLanguage(node, params) ?? tooDearAt(node, placement);
  if (missing !== undefined || !demands?.resources) return missing;
  return missingResource(node, demands.resources);
}

function barredFrom({ record, draining }: LiveNode, { tried, demands }: Placement): string | undefined {
  if (tried.has(record.id)) return 'has already had its turn';
  if (draining) return 'draining';
  return demands?.ignore?.includes(record.id) ? 'is to be ignored' : undefined;
}

/** What its engine or its model lacks. */
function missingAbility(node: LiveNode, { service, params, demands, begun }: Placement): string | undefined {
  const slots = node.services.get(service);
  const model = modelOf(params);
  if (model !== undefined && !slots?.models.includes(model)) return `does not serve the model "${model}"`;
  const missing = demands?.features?.find((feature) => !slots?.features.includes(feature));
  if (missing !== undefined) return `its engine has no "${missing}"`;
  if (!begun) return undefined;
  if (!slots?.features.includes('resume')) return 'cannot go on with what another node began';
  return slots.weights[begun.model] === begun.weights ? undefined : 'has other weights than the node that began';
}

/** What keeps a node's containers from a client that has not agreed with it. */
function keptContainer(node: LiveNode, placement: Placement): string | undefined {
  return placement.demands?.agreed ? undefined : keptFrom(node, placement);
}

/** What keeps a node from doing it at the job's price. */
function tooDearAt(node: LiveNode, placement: Placement): string | undefined {
  const { service, unitPrice = 0n, demands } = placement;
  if (demands?.agreed) return undefined;
  const asked = askedBy(node, placement);
  const price = serviceFor(service).unitPriceMicro + asked;
  return asked > 0n && price > unitPrice ? `asks ${formatCredits(price)} credits for its containers` : undefined;
}

function missingLanguage({ record: { languages } }: LiveNode, params: Placement['params']): string | undefined {
  for (const name of ['source_language', 'target_language']) {
    const wanted = languageOf(params[name]);
    if (wanted === undefined || languages.length === 0) continue;
    if (!languages.some((language) => baseLanguage(language) === wanted)) return `does not speak "${wanted}"`;
  }
  return undefined;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
