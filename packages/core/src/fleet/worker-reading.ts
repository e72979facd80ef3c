import { isObject } from '@plexus/protocol';
import { countable } from './countable.ts';

/** What a worker says of itself. Source: contract/cocoon.md, "Where worker numbers come from". */
export interface WorkerReading {
  readonly gpus: readonly GpuReading[];
  /** Since it started, where it says so: a counter that is left out is none that began anew. */
  readonly requests?: number;
  readonly failed?: number;
  /** Of the requests of late, how many of a hundred failed. */
  readonly failedPercent: number;
  /** Milliseconds that all requests took together, where it says so. */
  readonly busyMs?: number;
  /** NanoTON earned since it started, or of a proxy in all, by the part that counts it. */
  readonly revenueParts: Readonly<Record<string, number>>;
  /** NanoTON for a token, where it is tokens that its parts count; 0 while it does not know. */
  readonly feePerToken?: number;
  readonly isEnabled: boolean;
}

export interface GpuReading {
  readonly utilizationPercent?: number;
  readonly memoryUsedGb?: number;
  readonly temperatureCelsius?: number;
  readonly powerWatts?: number;
}

/** The one part of a worker that says what it has earned in TON; all other parts are proxies', in tokens. */
export const TON_PART = 'worker';

const NANO = 1e9;
/** Graphics processors and proxies of one worker that are looked at. */
const MAX_PARTS = 64;
/** The windows of a counter: total, 1 s, 10 s, 1 min, 10 min, 1 h, 1 day. */
const HOUR_WINDOW = 5;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads an answer of `/jsonstats`, in the manager's form or in the Cocoon worker's own.
 *
 * @returns undefined where it is neither
 */
export function readStats(answer: unknown): WorkerReading | undefined {
  const stats = fieldsOf(answer);
  if (!stats) return undefined;
  if (stats['stats'] !== undefined || stats['localconfig'] !== undefined) return readCocoon(stats);
  const isManagers = ['gpu', 'gpus', 'requests', 'revenue'].some((name) => stats[name] !== undefined);
  return isManagers ? readManager(stats) : undefined;
}

function readManager(stats: Fields): WorkerReading {
  const requests = fieldsOf(stats['requests']) ?? {};
  const revenue = fieldsOf(stats['revenue']) ?? {};
  const latency = fieldsOf(stats['latency']) ?? {};
  const total = countOf(requests['total']);
  const failed = countOf(requests['failed']);
  const earned = countOf(revenue['ton']);
  const busyMs = countOf(latency['total_ms']);
  return {
    gpus: listOf(stats['gpus'] ?? stats['gpu']).flatMap(readGpu),
    ...said({ requests: total, failed, busyMs }),
    failedPercent: percentOf(failed, total),
    revenueParts: earned === undefined ? {} : { [TON_PART]: countable(earned * NANO) },
    isEnabled: stats['enabled'] !== false,
  };
}

function readGpu(value: unknown): readonly GpuReading[] {
  const gpu = fieldsOf(value);
  if (!gpu) return [];
  const named = {
    utilizationPercent: countOf(gpu['utilization']),
    memoryUsedGb: countOf(gpu['memory_used']),
    temperatureCelsius: numberOf(gpu['temperature']),
    powerWatts: countOf(gpu['power_usage']),
  };
  return [said(named)];
}

/** Without what was not said. */
function said<T extends object>(figures: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const found = Object.entries(figures).filter(([, figure]) => figure !== undefined);
  return Object.fromEntries(found) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function readCocoon(answer: Fields): WorkerReading {
  const stats = fieldsOf(answer['stats']) ?? {};
  const total = windowOf(stats['queries']);
  const failed = windowOf(stats['failed']);
  const seconds = windowOf(stats['time']);
  const status = fieldsOf(answer['status']) ?? {};
  return {
    gpus: [],
    ...said({ requests: total.all, failed: failed.all, busyMs: seconds.all && countable(seconds.all * 1000) }),
    failedPercent: total.hour ? percentOf(failed.hour, total.hour) : percentOf(failed.all, total.all),
    ...proxyRevenue(answer),
    isEnabled: status['enabled'] !== false && status['enabled'] !== 0,
  };
}

/** Each proxy counts for itself, so that one that goes takes nothing of the others with it. */
function proxyRevenue(answer: Fields): Pick<WorkerReading, 'revenueParts' | 'feePerToken'> {
  const fee = countOf(fieldsOf(answer['root_contract_config'])?.['worker_fee_per_token']) ?? 0;
  const parts = listOf(answer['proxies']).flatMap((value, at) => {
    const proxy = fieldsOf(value);
    if (!proxy) return [];
    const name = proxy['proxy_sc_address'] ?? proxy['sc_address'] ?? proxy['address'] ?? proxy['id'];
    const key = typeof name === 'string' ? name.slice(0, 100) : `proxy ${at}`;
    return [[key, countable(earnedTokens(proxy) * fee)] as const];
  });
  return { revenueParts: Object.fromEntries(parts), feePerToken: fee };
}

/** What is known to be earned at most, else what is written down already. */
function earnedTokens(proxy: Fields): number {
  const names = [
    'earned_tokens_max_known',
    'earned_tokens_committed_to_proxy_db',
    'earned_tokens_committed_to_blockchain',
  ];
  return Math.max(0, ...names.map((name) => countOf(proxy[name]) ?? 0));
}

function windowOf(value: unknown): { readonly all?: number | undefined; readonly hour?: number | undefined } {
  return Array.isArray(value) ? { all: countOf(value[0]), hour: countOf(value[HOUR_WINDOW]) } : { all: countOf(value) };
}

function percentOf(part = 0, whole = 0): number {
  return whole > 0 ? Math.min(100, (100 * part) / whole) : 0;
}

function listOf(value: unknown): readonly unknown[] {
  const list = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  return list.slice(0, MAX_PARTS);
}

function fieldsOf(value: unknown): Fields | undefined {
  return isObject(value) ? value : undefined;
}

function countOf(value: unknown): number | undefined {
  const number = numberOf(value);
  return number !== undefined && number >= 0 ? number : undefined;
}

/** Large counters come as text where JSON's numbers would lose digits. */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : undefined;
}
