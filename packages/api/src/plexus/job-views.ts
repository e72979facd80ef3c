import { type Attempt, type Decision, hasEnded, type Job, receiptIdOf } from '@plexus/core';
import { formatCredits, type JobView, type Output, type plexusEndpoints } from '@plexus/protocol';
import { instant } from './views.ts';

type Endpoints = typeof plexusEndpoints;
type Explanation = Output<Endpoints['explainJob']>;

/** A job whole; `held` is what is held now, nothing once it has ended. */
export function toJob(job: Job): JobView {
  return {
    ...toSummary(job),
    progress: job.state === 'completed' ? 100 : (job.progressPercent ?? 0),
    result: job.result ?? null,
    ...(job.textsRemoved && { texts_removed: true as const }),
    error: job.error ?? null,
    held: hasEnded(job.state) ? '0' : formatCredits(job.hold),
    units: job.units ?? null,
    facts: job.facts ? { ...job.facts } : null,
    attempts: job.attempts.map(toAttempt),
    receipt_id: job.receiptIndex === undefined ? null : receiptIdOf(job.id),
    started_at: instant(job.startedAt),
    deadline_at: job.deadlineAt.toISOString(),
    processing_time_ms: job.processingMs === undefined ? null : Math.round(job.processingMs),
  };
}

export function toSummary(job: Job): Output<Endpoints['listJobs']>['items'][number] {
  return {
    id: job.id,
    service: job.service,
    state: job.state,
    reason: job.reason ?? null,
    node_id: job.nodeId ?? null,
    cost: formatCredits(job.cost),
    created_at: job.createdAt.toISOString(),
    ended_at: instant(job.endedAt),
  };
}

export function toExplanation({ id, state, reason, decisions }: Job): Explanation {
  return { job_id: id, state, reason: reason ?? null, decisions: decisions.map(toDecision) };
}

function toAttempt(attempt: Attempt): JobView['attempts'][number] {
  return {
    epoch: attempt.epoch,
    node_id: attempt.nodeId,
    started_at: attempt.startedAt.toISOString(),
    ended_at: instant(attempt.endedAt),
    outcome: attempt.outcome ?? null,
    error: attempt.error ?? null,
  };
}

function toDecision({ at, chosen, considered, notConsidered, unfit = [] }: Decision): Explanation['decisions'][number] {
  return {
    at: at.toISOString(),
    chosen: chosen ?? null,
    considered: considered.map(({ nodeId, score, parts, ruledOut }) => ({
      node_id: nodeId,
      score: score ?? null,
      parts: { ...parts },
      ruled_out: ruledOut ?? null,
    })),
    not_considered: notConsidered,
    unfit: [...unfit],
  };
}
