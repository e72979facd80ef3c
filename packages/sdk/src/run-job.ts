import type { JobState, JobView, plexusEndpoints } from '@plexus/protocol';
import { type Client, waitSeconds } from './client.ts';
import { ConnectionError } from './errors.ts';

type Network = Client<typeof plexusEndpoints>;

/** Short, so that the job's id is soon known: a job can be cancelled only by its id. */
const SUBMIT_WAIT_SECONDS = 1;
const POLL_WAIT_SECONDS = 30;
/** A server that answers a long poll sooner, without an end, is not asked again at once. */
const MIN_POLL_MS = 250;
/** How long after its deadline a job is still asked for. */
const GRACE_MS = 60_000;
const CANCEL_TIMEOUT_MS = 5000;

/** How to follow a job to its end. */
export interface FollowOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the job after every answer of the network. */
  readonly onUpdate?: (job: JobView) => void;
}

/** How to run a job and how far to follow it. Aborting the signal cancels the job at the network. */
export interface RunOptions extends FollowOptions {
  readonly params?: Readonly<Record<string, unknown>>;
  /** Most credits to spend, as decimal text. */
  readonly maxCost?: string | undefined;
  readonly idempotencyKey?: string;
}

interface RunDeps {
  readonly network: Network;
  readonly wait: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  /** The client's longest wait for one answer, where it is told. */
  readonly timeoutMs: number | undefined;
}

/** Whether a job has ended: nothing follows these states. */
export function hasEnded(state: JobState): boolean {
  return state !== 'queued' && state !== 'running';
}

/** Runs a job to its end; it may have ended badly, see its state. */
export async function runJob(deps: RunDeps, service: string, content: string, options: RunOptions): Promise<JobView> {
  const { signal } = options;
  signal?.throwIfAborted();
  const job = await submit(deps, service, content, options);
  try {
    return await followJob(deps, job, options);
  } catch (error) {
    if (signal?.aborted) await cancelQuietly(deps.network, job.id);
    throw error;
  }
}

/** Not ended by the signal at once: a job whose id nobody knows could not be cancelled. */
async function submit(
  { network, timeoutMs }: RunDeps,
  service: string,
  content: string,
  options: RunOptions,
): Promise<JobView> {
  const { params, maxCost, idempotencyKey, signal } = options;
  const body = {
    service,
    content,
    wait_seconds: waitSeconds(SUBMIT_WAIT_SECONDS, timeoutMs),
    ...(params && { params: { ...params } }),
    ...(maxCost !== undefined && { max_cost: maxCost }),
  };
  const patience = afterAbort(signal, CANCEL_TIMEOUT_MS);
  const key = idempotencyKey === undefined ? {} : { idempotencyKey };
  return await network.submitJob({ body }, { signal: patience.signal, ...key }).finally(() => patience.end());
}

/** A signal that aborts some time after another one, for the same reason. */
function afterAbort(signal: AbortSignal | undefined, ms: number) {
  const late = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const start = (): void => void (timer = setTimeout(() => late.abort(signal?.reason), ms));
  signal?.addEventListener('abort', start, { once: true });
  return {
    signal: late.signal,
    end(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', start);
    },
  };
}

/** Waits for the end of a job that was submitted, whatever becomes of its waiting. */
export async function followJob(
  { network, wait, timeoutMs }: RunDeps,
  submitted: JobView,
  options: FollowOptions,
): Promise<JobView> {
  const { signal, onUpdate } = options;
  const giveUpAt = performance.now() + lifetimeMs(submitted) + GRACE_MS;
  let job = submitted;
  for (;;) {
    onUpdate?.(job);
    if (hasEnded(job.state)) return job;
    signal?.throwIfAborted();
    const askedAt = performance.now();
    if (askedAt > giveUpAt) throw neverEnded(job);
    const query = { wait_seconds: waitSeconds(POLL_WAIT_SECONDS, timeoutMs) };
    job = await network.getJob({ params: { job_id: job.id }, query }, { signal });
    const early = MIN_POLL_MS - (performance.now() - askedAt);
    if (!hasEnded(job.state) && early > 0) await wait(early, signal);
  }
}

/** By the server's own clock, which need not be this one. */
function lifetimeMs({ created_at, deadline_at }: JobView): number {
  const ms = Date.parse(deadline_at) - Date.parse(created_at);
  return Number.isFinite(ms) && ms > 0 ? ms : 0;
}

function neverEnded({ id, state }: JobView): ConnectionError {
  return new ConnectionError('TIMEOUT', id, `The network still says "${state}" of job ${id}, past its deadline`);
}

/** The caller has stopped waiting: that the job could not be cancelled is no longer his concern. */
export async function cancelQuietly(network: Network, jobId: string): Promise<void> {
  await network
    .cancelJob({ params: { job_id: jobId } }, { timeoutMs: CANCEL_TIMEOUT_MS, maxRetries: 0 })
    .catch(() => undefined);
}
