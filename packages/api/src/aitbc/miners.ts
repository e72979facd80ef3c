import { type JobStanding, type MinerCaller, receiptIdOf, type WorkClaim } from '@plexus/core';
import { type aitbcEndpoints, HEARTBEAT_SECONDS, type Input, isObject } from '@plexus/protocol';
import type { Context, Handlers } from '../dialect.ts';
import type { AitbcDeps } from './deps.ts';
import { statusOf } from './job-views.ts';
import { toTask } from './miner-tasks.ts';
import { registrationOf } from './miner-registration.ts';

type Endpoints = typeof aitbcEndpoints;
type MinerHandlers = Pick<
  Handlers<Endpoints>,
  'registerMiner' | 'heartbeatMiner' | 'pollMiner' | 'submitResult' | 'failJob'
>;
type Metrics = NonNullable<Input<Endpoints['submitResult']>['body']['metrics']>;

/** Where a miner shows which of its registrations it speaks for. */
const SESSION_HEADER = 'x-session-token';
/** Seconds that a poll waits which names none; the same figure as in the table of endpoints. */
const DEFAULT_WAIT = 30;
/** Why a job goes elsewhere that this API has no words for. */
const UNWORDED = 'The job could not be told to its miner';
/** Facts of a miner that stand in a receipt. */
const MAX_FACTS = 40;
const MAX_FACT_CHARACTERS = 1000;

/** Endpoints of miners that ask for work. */
export function minerHandlers({ miners, clock }: Pick<AitbcDeps, 'miners' | 'clock'>): MinerHandlers {
  return {
    async registerMiner({ body }, { caller }) {
      const { minerId, sessionToken } = await miners.register({ ...registrationOf(body), caller });
      return { status: 'ok', session_token: sessionToken, miner_id: minerId, heartbeat_seconds: HEARTBEAT_SECONDS };
    },

    async heartbeatMiner({ body: { status, progress = {} } }, context) {
      const isDraining = status?.toLowerCase() === 'draining';
      return { status: 'ok', cancelled: [...miners.heartbeat(callerOf(context), { isDraining, progress })] };
    },

    async pollMiner({ body: { max_wait_seconds: seconds = DEFAULT_WAIT } }, context) {
      const who = callerOf(context);
      const task = await miners.poll(who, { waitMs: seconds * 1000, signal: context.signal });
      if (!task) return undefined;
      context.onUndelivered(() => miners.giveBack(who, task));
      try {
        return toTask(task, clock());
      } catch (error) {
        await miners.fail(who, task.task_id, { code: 'INTERNAL_ERROR', message: UNWORDED, isRetryable: true });
        throw error;
      }
    },

    async submitResult({ params, body: { result, metrics = {}, epoch } }, context) {
      const claim = { ...countedOf(toldBy(result, metrics)), ...(epoch !== undefined && { epoch }) };
      return toStanding(await miners.result(callerOf(context), params.job_id, { result, ...claim }));
    },

    async failJob(
      { params, body: { error_code: code, error_message: message = code, retryable = true, epoch } },
      context,
    ) {
      const failure = { code, message, isRetryable: retryable, ...(epoch !== undefined && { epoch }) };
      return toStanding(await miners.fail(callerOf(context), params.job_id, failure));
    },
  };
}

function callerOf(context: Context<'key'>): MinerCaller {
  return { caller: context.caller, sessionToken: context.header(SESSION_HEADER) };
}

function toStanding({ jobId, state, hasReceipt }: JobStanding) {
  const receipt_id = hasReceipt ? receiptIdOf(jobId) : null;
  return { status: 'ok', job_id: jobId, job_status: statusOf({ state }), receipt_id } as const;
}

/** Metrics, and what a result in its service's own form says where they do not. */
function toldBy(result: unknown, metrics: Metrics): Metrics {
  if (!isObject(result)) return metrics;
  const { tokens_used, finish_reason, images } = result;
  const count = {
    ...(whole(tokens_used) !== undefined && { tokens_used }),
    ...(Array.isArray(images) && { images: images.length }),
  };
  return {
    ...(unitsIn(metrics) === undefined && count),
    ...(typeof finish_reason === 'string' && { finish_reason }),
    ...metrics,
  };
}

/** What a miner counted, as far as it says so, and how long it took. */
function countedOf(metrics: Metrics): { counted?: WorkClaim; processingMs?: number } {
  const units = unitsIn(metrics);
  const processingMs = whole(metrics['duration_ms']);
  return {
    ...(units !== undefined && { counted: { units, metadata: factsOf(metrics) } }),
    ...(processingMs !== undefined && { processingMs }),
  };
}

function unitsIn(metrics: Metrics): number | undefined {
  const [prompt, completion] = [whole(metrics['prompt_tokens']), whole(metrics['completion_tokens'])];
  const tokens = prompt !== undefined && completion !== undefined ? prompt + completion : undefined;
  return whole(metrics['units']) ?? tokens ?? whole(metrics['tokens_used']) ?? whole(metrics['images']);
}

function whole(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** What can stand in a receipt, which has no floats. */
function factsOf(metrics: Metrics): WorkClaim['metadata'] {
  const facts = Object.entries(metrics).filter(
    (fact): fact is [string, string | number] =>
      Number.isSafeInteger(fact[1]) || (typeof fact[1] === 'string' && fact[1].length <= MAX_FACT_CHARACTERS),
  );
  return Object.fromEntries(facts.slice(0, MAX_FACTS).map(([name, value]) => [name.slice(0, 64), value]));
}
