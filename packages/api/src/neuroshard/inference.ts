import type { EndReason, Job, StreamedJob, SubmitJob } from '@plexus/core';
import type { inferenceEndpoints, Input, Output } from '@plexus/protocol';
import { type Context, type Handlers, Refusal } from '../dialect.ts';
import type { EventSink, EventStream } from '../event-stream.ts';
import { finishReason, tellJob, usageOf } from '../generation-facts.ts';
import { createOpenStreams } from '../open-streams.ts';
import { randomnessOf } from '../randomness.ts';
import { streamedAnswer } from '../streamed-answer.ts';
import { timedOut } from '../timed-out.ts';
import { toNeuro } from './amounts.ts';
import type { NeuroshardDeps } from './deps.ts';
import { errorReply } from './errors.ts';

type Body = Input<typeof inferenceEndpoints.generateText>['body'];
type Answer = Output<typeof inferenceEndpoints.generateText>;
type KeyContext = Context<'key'>;

/** As the page prints them. Source: seed 003, "POST /inference", Parameters. */
const DEFAULTS = { max_tokens: 100, temperature: 1, top_p: 1, top_k: 50 } as const;
/** As a job of OpenAI's API has. */
const TIMEOUT_SECONDS = 600;

/** The endpoint that makes text. */
export function inferenceHandlers({ jobs }: Pick<NeuroshardDeps, 'jobs'>): Handlers<typeof inferenceEndpoints> {
  const openStreams = createOpenStreams(inUse);

  async function stream(request: Omit<SubmitJob, 'detached'>, context: KeyContext): Promise<EventStream> {
    return await streamedAnswer(context, {
      openStreams,
      isBackground: false,
      begin: (reader) => jobs.stream({ ...request, detached: false, ...reader }),
      requireText,
      write: writeTokens,
    });
  }

  return {
    async generateText({ body }, context) {
      const request = requestOf(body, context);
      if (body.stream === true) return await stream(request, context);
      const { signal } = context;
      const job = await jobs.submit({ ...request, detached: false, signal });
      tellJob(job, context);
      return toAnswer(requireText(job));
    },
  };
}

function requestOf(body: Body, { caller, idempotency }: KeyContext): Omit<SubmitJob, 'detached'> {
  const { prompt, stream: _, stop = [], ...given } = body;
  const { temperature, top_p, ...rest } = { ...DEFAULTS, ...given };
  return {
    caller,
    service: 'llm',
    content: prompt,
    params: { ...rest, ...randomnessOf({ temperature, top_p }), ...(stop.length > 0 && { stop }) },
    timeoutSeconds: TIMEOUT_SECONDS,
    ...(idempotency && { idempotency }),
  };
}

/** An event for each token as it is made, and at last how it ended. */
async function writeTokens({ pieces, ended }: StreamedJob, sink: EventSink): Promise<void> {
  // It is awaited after the pieces; when those fail first, theirs is the reason.
  ended.catch(() => undefined).finally(() => sink.hurry());
  let index = 0;
  for await (const { text } of pieces) {
    const full = sink.send(event({ token: text, index: index++ }));
    if (full) await full;
  }
  const job = requireText(await ended);
  // The answer of an earlier request has no pieces any more.
  const whole = index === 0 && job.result ? event({ token: job.result, index }) : '';
  const { finish_reason, usage, cost, timing } = toAnswer(job);
  await sink.send(whole + event({ token: '[DONE]', finish_reason, usage, cost, timing }));
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

function toAnswer(job: Job): Answer {
  const usage = usageOf(job);
  return {
    id: `inf_${job.id}`,
    text: job.result ?? '',
    tokens_generated: usage.completion_tokens,
    finish_reason: job.state === 'cancelled' ? 'cancelled' : finishReason(job),
    usage,
    cost: { amount: toNeuro(job.cost), currency: 'NEURO' },
    timing: timingOf(job),
  };
}

function timingOf({ createdAt, startedAt = createdAt, endedAt = startedAt }: Job): Answer['timing'] {
  const total = Math.max(0, endedAt.getTime() - createdAt.getTime());
  const queue = Math.min(total, Math.max(0, startedAt.getTime() - createdAt.getTime()));
  return { queue_ms: queue, inference_ms: total - queue, total_ms: total };
}

const FAILED = { status: 502, code: 'INFERENCE_FAILED' } as const;
const WORDS = {
  done: FAILED,
  failed_everywhere: FAILED,
  refused_input: { status: 400, code: 'VALIDATION_ERROR' },
  program_failed: FAILED,
  no_capable_node: { status: 503, code: 'NO_CAPACITY' },
  node_lost: FAILED,
  deadline_exceeded: FAILED,
  cancelled_by_client: FAILED,
  cancelled_by_operator: FAILED,
  internal_error: { status: 500, code: 'INTERNAL_ERROR' },
} satisfies Record<EndReason, { status: number; code: string }>;

/**
 * Passes a job that made text, also when it was cancelled meanwhile.
 *
 * @throws {DomainError} TASK_TIMED_OUT
 * @throws {Refusal} when it ended otherwise
 */
function requireText(job: Job): Job {
  const { state, reason = 'internal_error', error: message = reason } = job;
  if (state === 'completed' || state === 'cancelled') return job;
  if (state === 'timed_out') throw timedOut(job);
  throw new Refusal(message, errorReply({ ...WORDS[reason], message }));
}

function inUse(message: string): Refusal {
  return new Refusal(message, errorReply({ status: 409, code: 'CONFLICT', message }));
}
