import type { DomainError, ErrorCode, ErrorDetails } from '@plexus/core';
import type { ErrorDialect, ErrorReply } from '../dialect.ts';
import { describeViolation } from '../violation.ts';

interface Word<C extends ErrorCode> {
  readonly status: number;
  readonly code: string;
  /** Absent: the domain's own message. */
  readonly message?: string | ((error: DomainError<C>) => string);
  /** Absent: none, but for what a retry needs. */
  readonly details?: (details: ErrorDetails[C]) => object;
}

const UNAUTHORIZED = { status: 401, code: 'UNAUTHORIZED', message: 'Invalid or expired API token' } as const;
const NOT_FOUND = { status: 404, code: 'NOT_FOUND' } as const;
const CONFLICT = { status: 409, code: 'CONFLICT' } as const;
const INVALID = { status: 400, code: 'VALIDATION_ERROR' } as const;
const NO_CAPACITY = { status: 503, code: 'NO_CAPACITY' } as const;
const RATE_LIMITED = {
  status: 429,
  code: 'RATE_LIMITED',
  message: 'Too many requests',
  details: ({ retryAfterSeconds }: { retryAfterSeconds: number }) => ({ retry_after: retryAfterSeconds }),
} as const;
const field = ({ field: name }: { field: string }) => ({ field: name });

/** Source: seed 003, "Common Errors", whose words come first; contract/neuroshard.md. */
const WORDS = {
  MISSING_API_KEY: UNAUTHORIZED,
  INVALID_API_KEY: {
    ...UNAUTHORIZED,
    message: ({ details, message }) => (details.node === undefined ? UNAUTHORIZED.message : message),
  },
  KEY_EXPIRED: UNAUTHORIZED,
  FORBIDDEN: { status: 403, code: 'FORBIDDEN' },
  SPEND_LIMIT_EXCEEDED: {
    status: 402,
    code: 'INSUFFICIENT_BALANCE',
    details: ({ required, remaining }) => ({ required: Number(required), available: Number(remaining) }),
  },
  INSUFFICIENT_BALANCE: {
    status: 402,
    code: 'INSUFFICIENT_BALANCE',
    message: 'Not enough NEURO for this operation',
    details: ({ required, available }) => ({ required: Number(required), available: Number(available) }),
  },
  COST_EXCEEDS_MAXIMUM: { status: 402, code: 'COST_EXCEEDS_MAXIMUM' },
  INVALID_INPUT: { ...INVALID, details: field },
  ACCOUNT_NOT_FOUND: NOT_FOUND,
  KEY_NOT_FOUND: NOT_FOUND,
  NODE_NOT_FOUND: NOT_FOUND,
  JOB_NOT_FOUND: NOT_FOUND,
  JOB_ALREADY_ENDED: CONFLICT,
  JOB_NOT_ENDED: CONFLICT,
  JOB_WITHOUT_RESULT: CONFLICT,
  JOB_NOT_WAITING: CONFLICT,
  UNKNOWN_JOB_TYPE: INVALID,
  SERVICE_NOT_FOUND: NOT_FOUND,
  STALE_LEASE: CONFLICT,
  DELIVERY_NOT_FOUND: NOT_FOUND,
  DELIVERY_MOVED_ON: CONFLICT,
  OFFER_NOT_AVAILABLE: { status: 410, code: 'OFFER_NOT_AVAILABLE' },
  OFFER_NOT_FOUND: NOT_FOUND,
  RECEIPT_NOT_FOUND: NOT_FOUND,
  TREE_HEAD_NOT_FOUND: NOT_FOUND,
  NO_NODE_AVAILABLE: NO_CAPACITY,
  MODEL_NOT_FOUND: NO_CAPACITY,
  QUEUE_FULL: NO_CAPACITY,
  TOO_MANY_RUNNING: RATE_LIMITED,
  RATE_LIMITED,
  RESULT_REMOVED: { status: 410, code: 'RESULT_REMOVED' },
  TASK_TIMED_OUT: { status: 504, code: 'TIMEOUT' },
  ARTIFACT_NOT_FOUND: NOT_FOUND,
  ARTIFACT_TOO_LARGE: { status: 413, code: 'PAYLOAD_TOO_LARGE' },
  STORAGE_FULL: { status: 507, code: 'STORAGE_FULL' },
  PARTICIPANT_NOT_FOUND: NOT_FOUND,
  WORKER_NOT_FOUND: NOT_FOUND,
  PAYOUT_NOT_FOUND: NOT_FOUND,
  PLAN_NOT_FOUND: NOT_FOUND,
  PLAN_MOVED_ON: CONFLICT,
  WALLET_TAKEN: CONFLICT,
  TRANSACTION_RECORDED: CONFLICT,
  IDEMPOTENCY_MISMATCH: CONFLICT,
  INVALID_IDEMPOTENCY_KEY: INVALID,
  NODE_IDENTITY_REFUSED: { status: 403, code: 'FORBIDDEN' },
  OVERLOADED: NO_CAPACITY,
  SHUTTING_DOWN: NO_CAPACITY,
  STORAGE_UNAVAILABLE: NO_CAPACITY,
} satisfies { readonly [C in ErrorCode]: Word<C> };

/** When to come back after refusals that do not say so themselves: nodes come and go. */
const NODE_RETRY_SECONDS = 2;
const RETRIED: readonly ErrorCode[] = ['NO_NODE_AVAILABLE', 'MODEL_NOT_FOUND'];

/** The codes that Fastify's own refusals have. */
const MALFORMED: Readonly<Record<number, string>> = { 413: 'PAYLOAD_TOO_LARGE', 415: 'UNSUPPORTED_MEDIA_TYPE' };

/** Every refusal is `{"error": {code, message, details}}`. */
export const neuroshardErrors: ErrorDialect = {
  domain,
  validation(error) {
    const { message, details } = describeViolation(error);
    return errorReply({ ...INVALID, message, details });
  },
  malformedJson: ({ message, position }) => errorReply({ ...INVALID, message, details: { position } }),
  malformed: (status, message) => errorReply({ status, code: MALFORMED[status] ?? 'VALIDATION_ERROR', message }),
  unexpected: ({ id }) =>
    errorReply({ status: 500, code: 'INTERNAL_ERROR', message: `Internal server error (request ${id})` }),
  notFound: () => errorReply({ ...NOT_FOUND, message: 'There is no such path' }),
  methodNotAllowed: ({ method }) =>
    errorReply({ status: 405, code: 'METHOD_NOT_ALLOWED', message: `${method} is not possible here` }),
};

function domain<C extends ErrorCode>(error: DomainError<C>): ErrorReply {
  // The table is typed code by code; here it is looked up by a code that is only known to be one of them.
  const word = WORDS[error.code] as Word<C>;
  const { status, code } = word;
  const message = typeof word.message === 'function' ? word.message(error) : (word.message ?? error.message);
  const details = word.details?.(error.details);
  const retry = RETRIED.includes(error.code) ? { headers: { 'retry-after': String(NODE_RETRY_SECONDS) } } : {};
  return { ...errorReply({ status, code, message, ...(details && { details }) }), ...retry };
}

/** A refusal in the dialect's form. */
export function errorReply(refusal: {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details?: object;
}): ErrorReply {
  const { status, ...error } = refusal;
  return { status, body: { error } };
}
