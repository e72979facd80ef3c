import { serviceFor } from '@plexus/protocol';
import { changed } from '../changed.ts';
import type { Candidate, Decision } from '../jobs/job.ts';
import type { LiveNode } from '../nodes/live-node.ts';
import { baseLanguage, type ReadyIndex } from './ready-index.ts';

/** Ready nodes that are scored for one task; more would cost time and win little (power of d choices). */
const SAMPLE_SIZE = 8;
/** Nodes of which a refusal tells why they were unfit. */
const EXPLAINED_NODES = 20;

/** Shares of the score: room for the task, reputation, and speed in this service. They add up to 1. */
const WEIGHTS = { room: 0.5, reputation: 0.3, speed: 0.2 } as const;
/** A run time at which speed counts half, in milliseconds. */
const HALF_SPEED_MS = 500;

/** What a node must fit. */
export interface Placement {
  readonly service: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Nodes that have had their turn at this job. */
  readonly tried: ReadonlySet<string>;
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
  /** Whether any connected node could take the task when it has a place. */
  isPossible(placement: Placement): boolean;
  /** Why each connected node is unfit, in words; at most 20 of them. */
  unfit(placement: Placement): readonly string[];
}

export interface SchedulerDeps {
  readonly index: ReadyIndex;
  readonly clock: () => Date;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export function createScheduler({ index, clock, random }: SchedulerDeps): Scheduler {
  return {
    choose(placement) {
      const pools = index.readyFor(placement.service, languageOf(placement.params['target_language']));
      const sample = pools.flatMap((pool) => sampleOf(pool, random));
      const scored = sample.map((node) => ({ node, candidate: judge(node, placement) }));
      const best = bestOf(scored) ?? bestOf(scanAll(pools, sample, placement));
      const ready = pools.reduce((sum, pool) => sum + pool.length, 0);
      const considered = scored.map(({ candidate }) => candidate);
      if (best && !scored.includes(best)) considered.push(best.candidate);
      const decision = { at: clock(), considered, notConsidered: ready - considered.length };
      return best ? { node: best.node, decision: changed(decision, { chosen: best.node.record.id }) } : { decision };
    },

    hasRoom: (service) => index.readyFor(service).some((pool) => pool.length > 0),

    isPossible(placement) {
      return index.offering(placement.service).some((node) => ruleOut(node, placement) === undefined);
    },

    unfit(placement) {
      const nodes = index.offering(placement.service);
      const told = nodes.slice(0, EXPLAINED_NODES).map((node) => {
        const reason = ruleOut(node, placement) ?? 'at capacity';
        return `${node.record.id}: ${reason}`;
      });
      if (nodes.length === 0) return [`no connected node offers "${placement.service}"`];
      return nodes.length > told.length ? [...told, `and ${nodes.length - told.length} more`] : told;
    },
  };
}

interface Scored {
  readonly node: LiveNode;
  readonly candidate: Candidate;
}

function sampleOf(pool: readonly LiveNode[], random: () => number): LiveNode[] {
  const start = Math.floor(random() * pool.length);
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
  const slots = node.services.get(placement.service);
  const mean = node.meanMs.get(placement.service) ?? HALF_SPEED_MS;
  const parts = {
    room: slots ? round(1 - slots.active / slots.concurrency) : 0,
    reputation: round(node.reputation / 5),
    speed: round(HALF_SPEED_MS / (HALF_SPEED_MS + mean)),
  };
  const score = WEIGHTS.room * parts.room + WEIGHTS.reputation * parts.reputation + WEIGHTS.speed * parts.speed;
  return { nodeId: node.record.id, score: round(score), parts };
}

/** What rules a node out for a task, whatever its load. */
function ruleOut(node: LiveNode, { service, params, tried }: Placement): string | undefined {
  if (tried.has(node.record.id)) return 'has already had its turn';
  if (node.draining) return 'draining';
  if (serviceFor(service).unitType === 'token' && !node.speaksPlexus) return 'does not count tokens';
  const model = params['model'];
  const models = node.services.get(service)?.models ?? [];
  if (typeof model === 'string' && !models.includes(model)) return `does not serve the model "${model}"`;
  return missingLanguage(node, params);
}

function missingLanguage({ record: { languages } }: LiveNode, params: Placement['params']): string | undefined {
  if (languages.length === 0) return undefined;
  for (const name of ['source_language', 'target_language']) {
    const wanted = languageOf(params[name]);
    const isSpoken = wanted === undefined || languages.some((language) => baseLanguage(language) === wanted);
    if (!isSpoken) return `does not speak "${wanted}"`;
  }
  return undefined;
}

function languageOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? baseLanguage(value) : undefined;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
