import type { TaskResult } from '@plexus/protocol';
import type { EventBus } from '../events/events.ts';
import { type LiveNode, noteRunTime } from '../nodes/live-node.ts';
import type { NodeRegistry } from '../nodes/node-registry.ts';
import type { WorkJudge } from '../receipts/work-judge.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';
import { changed } from '../changed.ts';
import { type Dispatcher, placementOf } from './dispatcher.ts';
import type { AttemptOutcome, EndReason } from './job.ts';
import { closeAttempt, type LiveJob } from './live-job.ts';
import type { Settlement } from './settlement.ts';

export interface TurnsDeps {
  readonly registry: NodeRegistry;
  readonly scheduler: Scheduler;
  readonly dispatcher: Dispatcher;
  readonly settlement: Settlement;
  readonly judge: WorkJudge;
  readonly events: EventBus;
  readonly clock: () => Date;
}

/** How a node's turn at a job ends, and what comes after it. */
export interface Turns {
  completed(live: LiveJob, node: LiveNode, result: TaskResult): void;
  failed(live: LiveJob, result: TaskResult): void;
  /** The node is gone for good: the job goes elsewhere. */
  lost(live: LiveJob): void;
  /** Gives the node's place back. */
  free(live: LiveJob): void;
}

export function createTurns(deps: TurnsDeps): Turns {
  const { registry, scheduler, dispatcher, settlement, judge, events, clock } = deps;

  function free(live: LiveJob): void {
    const { node, job } = live;
    if (!node) return;
    delete live.node;
    registry.freeSlot(node, job.service, job.id);
    dispatcher.serve([job.service]);
  }

  function close(live: LiveJob, outcome: AttemptOutcome, error: string): void {
    live.job = { ...live.job, attempts: closeAttempt(live.job, outcome, clock(), error) };
  }

  function endUnpaid(live: LiveJob, reason: EndReason, error: string): void {
    void settlement.end(live, { state: 'failed', reason, attempts: live.job.attempts, error });
  }

  /** Gives a job to the next node; ends it when every one has had its turn. */
  function retry(live: LiveJob, reason: 'failed_everywhere' | 'node_lost', error: string): void {
    const mayWait = live.patient && reason === 'node_lost';
    const isPossible = scheduler.isPossible(placementOf(live));
    if (!isPossible && !mayWait) return endUnpaid(live, reason, error);
    if (!isPossible) live.tried.clear();
    dispatcher.replace(live).catch((cause: unknown) => live.reject(cause));
  }

  function failed(live: LiveJob, { result, error }: TaskResult): void {
    const message = error?.message ?? result ?? 'the node gave no reason';
    const isFinal = error?.retryable === false;
    close(live, isFinal ? 'refused' : 'failed', message);
    free(live);
    if (isFinal) endUnpaid(live, 'refused_input', message);
    else retry(live, 'failed_everywhere', message);
  }

  return {
    free,
    failed,

    completed(live, node, result) {
      const judgement = judge(live.job, node, result);
      if (!judgement.ok) {
        events.emit({ type: 'result_refused', nodeId: node.record.id, jobId: live.job.id, reason: judgement.why });
        return failed(live, { ...result, error: { code: 'BAD_RECEIPT', message: judgement.why, retryable: true } });
      }
      pay(live, node, changed(result, judgement), deps);
      free(live);
    },

    lost(live) {
      close(live, 'node_lost', 'the node was lost');
      retry(live, 'node_lost', `The node ${live.job.nodeId} was lost and no other can take the task`);
    },
  };
}

type Paid = TaskResult & Extract<ReturnType<WorkJudge>, { ok: true }>;

function pay(live: LiveJob, node: LiveNode, work: Paid, { settlement, clock }: TurnsDeps): void {
  const { units, receipt, result = '' } = work;
  const processingMs = Math.round(work.processing_time_ms ?? 0);
  noteRunTime(node, live.job.service, processingMs);
  const attempts = closeAttempt(live.job, 'completed', clock());
  const paid = { shares: [{ node: node.record, amount: BigInt(units) * live.job.unitPrice }], receipt };
  void settlement.end(live, { state: 'completed', reason: 'done', attempts, units, result, processingMs }, paid);
}
