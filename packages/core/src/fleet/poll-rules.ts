import { countable } from './countable.ts';
import type { SeriesPoint } from './series-chunk.ts';
import type { Counted, PollFailure, WorkerState, WorkerStatus } from './worker-state.ts';
import { type GpuReading, TON_PART, type WorkerReading } from './worker-reading.ts';

/** What came of asking a worker once. */
export type PollResult = { readonly reading: WorkerReading } | { readonly failure: PollFailure };

/** Source: contract/cocoon.md, "Status". */
const HOT_CELSIUS = 85;
const FAILED_PERCENT = 5;
const SILENT_MS = 300_000;
const REFUSALS = 2;
/** Parts of a worker's revenue that are remembered by name: one that names others each time is no reason to grow. */
const MAX_KNOWN_PARTS = 1000;

/** A worker after a poll: how it stands, and what goes into its series. */
export interface Polled {
  readonly state: WorkerState;
  readonly point: SeriesPoint;
}

/** Takes what came of a poll. Counters that were set back go on from what they had. */
export function takePoll(before: WorkerState, result: PollResult, at: Date): Polled {
  const state = 'reading' in result ? answered(before, result.reading, at) : unanswered(before, result.failure, at);
  const known = 'reading' in result ? figuresOf(before, state, result.reading) : {};
  return {
    state,
    point: {
      at,
      status: state.status,
      polls: 1,
      answers: 'reading' in result ? 1 : 0,
      revenue: state.revenue,
      requests: state.requests.total,
      ...known,
    },
  };
}

function answered(before: WorkerState, reading: WorkerReading, at: Date): WorkerState {
  const parts = earned(before, reading);
  const feePerToken = reading.feePerToken || before.feePerToken;
  const said = Object.values(reading.revenueParts);
  const gpuUtilization = meanOf(reading.gpus, ({ utilizationPercent }) => utilizationPercent);
  return {
    workerId: before.workerId,
    status: statusOf(reading),
    seenAt: at,
    askedAt: at,
    refusals: 0,
    revenueParts: parts,
    revenue: countable(sumOf(Object.values(parts).map(({ total }) => total))),
    requests: counted(before.requests, reading.requests),
    failed: counted(before.failed, reading.failed),
    busyMs: counted(before.busyMs, reading.busyMs),
    errors: before.errors,
    ...(said.length > 0 && { revenueSaid: countable(sumOf(said)) }),
    ...(feePerToken !== undefined && { feePerToken }),
    ...(gpuUtilization !== undefined && { gpuUtilization }),
  };
}

/** What each part has earned by now. Workers name their parts: with any text, also one that every object has. */
function earned(before: WorkerState, { revenueParts, feePerToken }: WorkerReading): WorkerState['revenueParts'] {
  const parts = new Map(Object.entries(before.revenueParts));
  for (const [name, part] of parts) {
    if (name !== TON_PART) parts.set(name, { ...part, said: saidAtFee(part.said, before, feePerToken) });
  }
  for (const [name, said] of Object.entries(revenueParts)) {
    // Of a proxy a Cocoon worker says 0 from its start on until it has heard what it had earned there.
    if (said > 0 || feePerToken === undefined) parts.set(name, counted(parts.get(name), said));
  }
  return Object.fromEntries(parts.size > MAX_KNOWN_PARTS ? joined(parts, revenueParts) : parts);
}

/** Parts with those that are not there any more as one. */
function joined(parts: ReadonlyMap<string, Counted>, there: WorkerReading['revenueParts']): Map<string, Counted> {
  const isThere = ([name]: readonly [string, Counted]) => Object.hasOwn(there, name);
  const gone = [...parts].filter((part) => !isThere(part)).map(([, { total }]) => total);
  return new Map([...[...parts].filter(isThere), ['', { said: 0, total: countable(sumOf(gone)) }]]);
}

/** The same tokens for another fee: that it changed is no work, and no new start. */
function saidAtFee(said: number, { feePerToken: was }: WorkerState, is: number | undefined): number {
  return was && is && was !== is ? countable(Math.round(said / was) * is) : said;
}

/** What a counter gained is the difference, or all of it where it began anew; nothing where it was not said. */
function counted({ said: last, total }: Counted = { said: 0, total: 0 }, said = last): Counted {
  return { said, total: countable(total + (said >= last ? said - last : said)) };
}

function statusOf({ gpus, requests = 0, failed = 0, failedPercent, isEnabled }: WorkerReading): WorkerStatus {
  if (!isEnabled || (requests > 0 && failed >= requests)) return 'degraded';
  const isHot = gpus.some(({ temperatureCelsius = 0 }) => temperatureCelsius > HOT_CELSIUS);
  return isHot || failedPercent > FAILED_PERCENT ? 'warning' : 'healthy';
}

function unanswered(before: WorkerState, failure: PollFailure, at: Date): WorkerState {
  const refusals = failure === 'refused' ? before.refusals + 1 : 0;
  const isSilent = !before.seenAt || at.getTime() - before.seenAt.getTime() >= SILENT_MS;
  return {
    ...before,
    askedAt: at,
    refusals,
    status: isSilent || refusals >= REFUSALS ? 'down' : before.status,
    errors: { ...before.errors, [failure]: (before.errors[failure] ?? 0) + 1 },
  };
}

function figuresOf(before: WorkerState, after: WorkerState, { gpus, requests }: WorkerReading): Partial<SeriesPoint> {
  const temperatures = gpus.flatMap(({ temperatureCelsius }) => temperatureCelsius ?? []);
  const gained = after.requests.total - before.requests.total;
  const tookMs = after.busyMs.total - before.busyMs.total;
  return {
    ...(requests !== undefined && { requestsSaid: requests }),
    ...(after.revenueSaid !== undefined && { revenueSaid: after.revenueSaid }),
    ...(after.gpuUtilization !== undefined && { gpuUtilization: after.gpuUtilization }),
    ...(temperatures.length > 0 && { gpuTemperature: Math.max(...temperatures) }),
    ...(gained > 0 && tookMs > 0 && { latencyMs: tookMs / gained }),
  };
}

function meanOf(gpus: readonly GpuReading[], figure: (gpu: GpuReading) => number | undefined): number | undefined {
  const figures = gpus.flatMap((gpu) => figure(gpu) ?? []);
  return figures.length === 0 ? undefined : sumOf(figures) / figures.length;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
