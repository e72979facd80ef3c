import type { DomainError, ErrorCode, ErrorDetails } from '@plexus/core';
import type { ErrorDialect, ErrorReply } from '../dialect.ts';
import { domainErrorDetail, headerErrorDetail, malformedJsonDetail, violationDetails } from './validation-detail.ts';

interface Word<C extends ErrorCode> {
  readonly status: number;
  /** Absent: the domain's own message. */
  readonly detail?: (details: ErrorDetails[C], message: string) => string;
}

const NO_NODE = 'No node available for this task';
const NO_CREDITS = 'Insufficient credits';

/** Source: seed 000, "Errors", whose words come first; contract/gemmanet.md, "HTTP". */
const WORDS = {
  MISSING_API_KEY: { status: 401, detail: () => 'Missing API key' },
  INVALID_API_KEY: { status: 401, detail: () => 'Invalid API key' },
  KEY_EXPIRED: { status: 401 },
  FORBIDDEN: { status: 403 },
  SPEND_LIMIT_EXCEEDED: { status: 402, detail: (_details, message) => `${NO_CREDITS}: ${message}` },
  INSUFFICIENT_BALANCE: {
    status: 402,
    detail: ({ required, available }) => `${NO_CREDITS}: ${required} needed, ${available} available`,
  },
  COST_EXCEEDS_MAXIMUM: {
    status: 402,
    detail: ({ required, maximum }) => `Cost exceeds max_cost: ${required} needed, ${maximum} allowed`,
  },
  INVALID_INPUT: { status: 422 },
  ACCOUNT_NOT_FOUND: { status: 404 },
  KEY_NOT_FOUND: { status: 404 },
  NODE_NOT_FOUND: { status: 404 },
  JOB_NOT_FOUND: { status: 404 },
  JOB_ALREADY_ENDED: { status: 409 },
  JOB_NOT_ENDED: { status: 409 },
  JOB_WITHOUT_RESULT: { status: 409 },
  UNKNOWN_JOB_TYPE: { status: 422 },
  SERVICE_NOT_FOUND: { status: 404 },
  OFFER_NOT_FOUND: { status: 404 },
  OFFER_NOT_AVAILABLE: { status: 410 },
  JOB_NOT_WAITING: { status: 409 },
  STALE_LEASE: { status: 409 },
  DELIVERY_NOT_FOUND: { status: 404 },
  DELIVERY_MOVED_ON: { status: 409 },
  PARTICIPANT_NOT_FOUND: { status: 404 },
  WORKER_NOT_FOUND: { status: 404 },
  PAYOUT_NOT_FOUND: { status: 404 },
  PLAN_NOT_FOUND: { status: 404 },
  PLAN_MOVED_ON: { status: 409 },
  WALLET_TAKEN: { status: 400 },
  TRANSACTION_RECORDED: { status: 400 },
  RECEIPT_NOT_FOUND: { status: 404 },
  TREE_HEAD_NOT_FOUND: { status: 404 },
  NO_NODE_AVAILABLE: {
    status: 404,
    detail: ({ unfit }) => [NO_NODE, ...(unfit.length > 0 ? [unfit.join('; ')] : [])].join(': '),
  },
  MODEL_NOT_FOUND: { status: 404, detail: (_details, message) => `${NO_NODE}: ${message}` },
  QUEUE_FULL: { status: 503 },
  TOO_MANY_RUNNING: { status: 429 },
  RATE_LIMITED: { status: 429 },
  RESULT_REMOVED: { status: 410 },
  TASK_TIMED_OUT: { status: 504, detail: ({ seconds }) => `Task timed out (${seconds}s)` },
  ARTIFACT_NOT_FOUND: { status: 404 },
  ARTIFACT_TOO_LARGE: { status: 413 },
  STORAGE_FULL: { status: 507 },
  IDEMPOTENCY_MISMATCH: { status: 409 },
  INVALID_IDEMPOTENCY_KEY: { status: 422 },
  NODE_IDENTITY_REFUSED: { status: 403 },
  OVERLOADED: { status: 503 },
  SHUTTING_DOWN: { status: 503 },
  STORAGE_UNAVAILABLE: { status: 503 },
} satisfies { readonly [C in ErrorCode]: Word<C> };

const reply = (status: number, detail: unknown): ErrorReply => ({ status, body: { detail } });

function domain<C extends ErrorCode>({ code, message, details }: DomainError<C>): ErrorReply {
  // The table is typed code by code; here it is looked up by a code that is only known to be one of them.
  const { status, detail } = WORDS[code] as Word<C>;
  return reply(status, detail?.(details, message) ?? message);
}

/** Every refusal is `{"detail": …}`: a text, or FastAPI's list where the input is at fault. */
export const gemmanetErrors: ErrorDialect = {
  domain(error, { body }) {
    if (error.code === 'INVALID_INPUT')
      return reply(422, [domainErrorDetail(error as DomainError<'INVALID_INPUT'>, body)]);
    if (error.code === 'INVALID_IDEMPOTENCY_KEY') return reply(422, [headerErrorDetail(error.message)]);
    return domain(error);
  },
  validation: (error) => reply(422, violationDetails(error)),
  malformedJson: (error) => reply(422, [malformedJsonDetail(error.position, error.message)]),
  malformed: (status, message) => reply(status, message),
  unexpected: ({ id }) => reply(500, `Internal server error (request ${id})`),
  notFound: () => reply(404, 'Not Found'),
  methodNotAllowed: () => reply(405, 'Method Not Allowed'),
};
