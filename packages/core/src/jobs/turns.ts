import { serviceFor } from '@plexus/protocol';
import type { EventBus } from '../events/events.ts';
import { type LiveNode, noteReleased, noteRunTime } from '../nodes/live-node.ts';
import type { NodeRegistry } from '../nodes/node-registry.ts';
import type { StoredReceipt } from '../receipts/stored-receipt.ts';
import type { WorkJudge, WorkResult } from '../receipts/work-judge.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';
import { type Dispatcher, placementOf } from './dispatcher.ts';
import type { AttemptOutcome, EndReason, Job } from './job.ts';
import { closeAttempt, type LiveJob } from './live-job.ts';
import type { LiveJobs } from './live-jobs.ts';
import { type Ending, type Settlement, sharesOf } from './settlement.ts';

/** Turns of nodes at one job, each of which is kept with it: also of nodes that come and go for ever. */
const MAX_ATTEMPTS = 100;

export interface TurnsDeps {
  readonly registry: NodeRegistry;
  readonly scheduler: Scheduler;
  readonly dispatcher: Dispatcher;
  readonly live: Pick<LiveJobs, 'recount'>;
  readonly settlement: Settlement;
  readonly judge: WorkJudge;
  readonly events: EventBus;
  readonly clock: () => Date;
}

/** How a node's turn at a job ends, and what comes after it. */
export interface Turns {
  completed(live: LiveJob, node: LiveNode, result: WorkResult): void;
  failed(live: LiveJob, result: WorkResult): void;
  /** The node sends pieces that cannot be: it loses the job. */
  broke(live: LiveJob, node: LiveNode, why: string): void;
  /** The node is gone for good: the job goes elsewhere. */
  lost(live: LiveJob): void;
  /** Gives the node's place back. */
  free(live: LiveJob): void;
}

export function createTurns(deps: TurnsDeps): Turns {
  const { judge, events, clock } = deps;
  const free = (live: LiveJob): void => freePlace(live, deps);

  function close(live: LiveJob, outcome: AttemptOutcome, error: string): void {
    live.job = { ...live.job, attempts: closeAttempt(live.job, outcome, clock(), error) };
  }

  function failed(live: LiveJob, { result, error, processing_time_ms: elapsedMs }: WorkResult): void {
    const message = error?.message ?? result ?? 'the node gave no reason';
    const isFinal = error?.retryable === false;
    close(live, isFinal ? 'refused' : 'failed', message);
    free(live);
    const took = elapsedMs === undefined ? {} : { processingMs: Math.round(elapsedMs) };
    if (isFinal) fail(live, { ...refusalBy(error), ...took }, deps);
    else retry(live, { reason: reasonBy(error), error: message, ...took }, deps);
  }

  function refuse(live: LiveJob, node: LiveNode, result: WorkResult, fault: { code: string; message: string }): void {
    const { id: jobId } = live.job;
    events.emit({ type: 'result_refused', nodeId: node.record.id, jobId, reason: fault.message });
    failed(live, { ...result, error: { ...fault, retryable: true } });
  }

  return {
    free,
    failed,

    broke(live, node, message) {
      node.session.cancel(live.job.id, live.job.epoch, message);
      noteReleased(node, live.job.id);
      refuse(live, node, { task_id: live.job.id, status: 'failed' }, { code: 'BAD_STREAM', message });
    },

    completed(live, node, result) {
      const judgement = judge(live.job, node, result);
      if (!judgement.ok) {
        return refuse(live, node, result, { code: 'BAD_RECEIPT', message: judgement.why });
      }
      const wrong = finishStream(live, result, judgement);
      if (wrong !== undefined) return refuse(live, node, result, { code: 'BAD_STREAM', message: wrong });
      pay(live, { node, result, judgement }, deps);
      free(live);
    },

    lost(live) {
      close(live, 'node_lost', 'the node was lost');
      const error = `The node ${live.job.nodeId} was lost and no other can take the task`;
      retry(live, { reason: 'node_lost', error }, deps);
    },
  };
}

function freePlace(live: LiveJob, { registry, live: jobs, dispatcher }: TurnsDeps): void {
  const { node, job } = live;
  if (!node) return;
  delete live.node;
  jobs.recount(live);
  registry.freeSlot(node, job.service, job.id);
  dispatcher.serve([job.service]);
}

/** What nodes say that may do later what they cannot do now. */
const BUSY = new Set(['ENGINE_BUSY', 'AT_CAPACITY', 'DRAINING']);

/** Why a job ends that no node is left for. */
function reasonBy(error: WorkResult['error']): EndReason {
  return error !== undefined && BUSY.has(error.code) ? 'no_capable_node' : 'failed_everywhere';
}

/** What a node says when it is the client's own program that failed. */
const PROGRAM_FAILED = 'PROGRAM_FAILED';

/** Why a job ends that its node refuses; what a program made before it failed is kept. */
function refusalBy({ code, message, partial }: NonNullable<WorkResult['error']>): Failure {
  const reason = code === PROGRAM_FAILED ? 'program_failed' : 'refused_input';
  return { reason, error: message, ...(partial !== undefined && { result: partial }) };
}

interface Failure {
  readonly reason: EndReason;
  readonly error: string;
  readonly result?: string;
  /** As its last node says. */
  readonly processingMs?: number;
}

function fail(live: LiveJob, why: Failure, { settlement, live: jobs, dispatcher }: TurnsDeps): void {
  void settlement.end(live, { state: 'failed', attempts: live.job.attempts, ...why });
  jobs.recount(live);
  dispatcher.serve([live.job.service]);
}

/** Gives a job to the next node; ends it when every one has had its turn. */
function retry(live: LiveJob, failure: Failure, deps: TurnsDeps): void {
  const { scheduler, dispatcher } = deps;
  const mayWait = live.patient && failure.reason === 'node_lost';
  const isPossible = scheduler.isPossible(placementOf(live));
  if (live.job.attempts.length >= MAX_ATTEMPTS)
    return fail(live, { ...failure, error: `${failure.error}, after ${MAX_ATTEMPTS} turns` }, deps);
  if (!isPossible && !mayWait) return fail(live, failure, deps);
  if (!isPossible) live.tried.clear();
  dispatcher.replace(live).catch((cause: unknown) => live.reject(cause));
}

type Judged = Extract<ReturnType<WorkJudge>, { ok: true }>;

/** A result that was found right. */
interface Work {
  readonly node: LiveNode;
  readonly result: WorkResult;
  readonly judgement: Judged;
}

function pay(live: LiveJob, { node, result: said, judgement }: Work, { settlement, clock }: TurnsDeps): void {
  const { units, receipt } = judgement;
  const { result = '', processing_time_ms: elapsedMs = 0 } = said;
  const processingMs = Math.round(elapsedMs);
  noteRunTime(node, live.job.service, {
    milliseconds: runTimeOf(live.job, clock()),
    units: ownUnits(live, units),
  });
  const attempts = closeAttempt(live.job, 'completed', clock());
  const shares = live.stream ? sharesOf(live) : [{ node: node.record, amount: BigInt(units) * live.job.unitPrice }];
  const facts = factsOf(live.job, receipt);
  const ending: Ending = { state: 'completed', reason: 'done', attempts, units, result, processingMs, facts };
  void settlement.end(live, ending, { shares, receipt });
}

/**
 * How long the newest attempt took: by the coordinator's clock, because a node's own figure would choose its work. A
 * clock that was set meanwhile must not count for more than the job can live.
 */
function runTimeOf({ attempts, createdAt, deadlineAt }: Job, now: Date): number {
  const elapsedMs = now.getTime() - (attempts.at(-1)?.startedAt ?? createdAt).getTime();
  return Math.min(Math.max(0, elapsedMs), deadlineAt.getTime() - createdAt.getTime());
}

/** What the node that finished did itself. */
function ownUnits({ stream }: LiveJob, units: number): number {
  return stream?.segments.at(-1)?.units ?? units;
}

/** @returns what is wrong with the answer, beside the pieces that were delivered before it */
function finishStream({ stream }: LiveJob, { result = '' }: WorkResult, work: Judged): string | undefined {
  if (!stream) return undefined;
  const { prompt_tokens: prompt, completion_tokens: completion, segments } = work.receipt.payload.metadata;
  return stream.finish({
    output: result,
    units: work.units,
    promptTokens: typeof prompt === 'number' ? prompt : undefined,
    completionTokens: typeof completion === 'number' ? completion : undefined,
    segments: typeof segments === 'string' ? segments : undefined,
  });
}

/** What callers are told of counted work; of the rest the receipt says enough. */
function factsOf({ service }: Job, { payload }: StoredReceipt): Job['facts'] {
  return serviceFor(service).unitType === 'request' ? undefined : payload.metadata;
}
