import type { Job } from '@plexus/core';
import { creditsToMicro, type gemmanetEndpoints, type Input, type Output, wholeCredits } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import { timedOut } from '../timed-out.ts';
import type { GemmanetDeps } from './deps.ts';

type Task = Output<typeof gemmanetEndpoints.submitRequest>;
type Request = Input<typeof gemmanetEndpoints.submitRequest>['body'];

/** Endpoints about tasks. */
export function taskHandlers({
  jobs,
  nodes,
}: Pick<GemmanetDeps, 'jobs' | 'nodes'>): Pick<Handlers<typeof gemmanetEndpoints>, 'submitRequest' | 'rateTask'> {
  return {
    async submitRequest({ body }, { caller, idempotency }) {
      const job = await jobs.submit({
        caller,
        service: body.task_type,
        content: body.content,
        params: body.params ?? NO_PARAMS,
        detached: false,
        ...maximumOf(body),
        ...(idempotency && { idempotency }),
      });
      return answerOf(job);
    },

    async rateTask({ body }, { caller }) {
      const nodeId = await jobs.rate(caller, body.task_id, body.rating);
      const { reputation } = await nodes.reputation(nodeId);
      return { status: 'ok', node_id: nodeId, reputation };
    },
  };
}

const NO_PARAMS = Object.freeze({});

function maximumOf({ max_cost: credits }: Request): { maxCost: bigint } | undefined {
  return typeof credits === 'number' ? { maxCost: creditsToMicro(credits) } : undefined;
}

function answerOf(job: Job): Task {
  switch (job.state) {
    case 'completed':
      return toTask(job, job.result);
    case 'failed':
    case 'cancelled':
      return toTask(job, job.error);
    case 'timed_out':
      throw timedOut(job, (seconds) => `Task timed out (${seconds}s)`);
    case 'queued':
    case 'running':
      throw new Error(`Job ${job.id} was answered before it ended: ${job.state}`);
  }
}

function toTask({ id, state, cost, nodeId = '', processingMs = 0 }: Job, result = ''): Task {
  return {
    task_id: id,
    status: state,
    result,
    cost: wholeCredits(cost),
    node_id: nodeId,
    processing_time_ms: Math.round(processingMs),
  };
}
