import type { EndReason, Job } from '@plexus/core';
import { Refusal } from '../dialect.ts';
import { timedOut } from '../timed-out.ts';
import { inWords, type Words } from './words.ts';

const SERVER = 'server_error';
const CONFLICT = { status: 409, type: 'invalid_request_error', code: 'job_cancelled', final: true } as const;

/** The network has tried again by itself on every node that could: the client need not, but where nodes may come. */
const WORDS = {
  done: { status: 500, type: SERVER, code: 'internal_error' },
  failed_everywhere: { status: 502, type: SERVER, code: 'failed_everywhere', final: true },
  refused_input: { status: 400, type: 'invalid_request_error', code: 'refused_input' },
  program_failed: { status: 400, type: 'invalid_request_error', code: 'program_failed' },
  no_capable_node: { status: 503, type: SERVER, code: 'no_node_available', retryAfterSeconds: 2 },
  node_lost: { status: 502, type: SERVER, code: 'node_lost', final: true },
  deadline_exceeded: { status: 504, type: SERVER, code: 'timeout', final: true },
  cancelled_by_client: CONFLICT,
  cancelled_by_operator: CONFLICT,
  internal_error: { status: 500, type: SERVER, code: 'internal_error' },
} satisfies Record<EndReason, Words>;

/** Who cancels a job gives no words for it. */
const CANCELLED: Partial<Record<EndReason, string>> = {
  cancelled_by_client: 'The job was cancelled by its client',
  cancelled_by_operator: "The job was cancelled by the network's operator",
};

/** Engines say it in their own words; those of ours are "The prompt is too long". */
const TOO_LONG = /too long|context (length|window|size)|exceeds? .*context/i;

/** The service has the schema of a form one step higher than OpenAI. */
const FORM = /^response_format\.schema/;
/** The parameter that a refusal begins with. */
const NAMED = /^response_format\S*/;

/**
 * Passes a job that has done what it was asked for.
 *
 * @throws {DomainError} TASK_TIMED_OUT
 * @throws {Refusal} when it ended otherwise
 */
export function requireCompleted(job: Job): void {
  if (job.state === 'completed') return;
  if (job.state === 'timed_out') throw timedOut(job);
  const { reason = 'internal_error', error: said = CANCELLED[reason] ?? reason } = job;
  const error = said.replace(FORM, 'response_format.json_schema.schema');
  throw new Refusal(error, inWords(error, reason === 'refused_input' ? inputWords(error) : WORDS[reason]));
}

/** What was wrong with the input, as far as the node's words tell. */
function inputWords(error: string): Words {
  const [param] = NAMED.exec(error) ?? [];
  if (param !== undefined) return { ...WORDS.refused_input, code: 'unsupported_parameter', param };
  return TOO_LONG.test(error) ? { ...WORDS.refused_input, code: 'context_length_exceeded' } : WORDS.refused_input;
}
