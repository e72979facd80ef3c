import type { DomainError, ErrorCode } from '@plexus/core';
import type { FastifyRequest } from 'fastify';
import type { ErrorDialect, ErrorReply } from '../dialect.ts';
import { malformedCode, noSuchPath } from '../error-handler.ts';
import { describeViolation } from '../violation.ts';

const STATUS = {
  MISSING_API_KEY: 401,
  INVALID_API_KEY: 401,
  KEY_EXPIRED: 401,
  FORBIDDEN: 403,
  SPEND_LIMIT_EXCEEDED: 402,
  INSUFFICIENT_BALANCE: 402,
  COST_EXCEEDS_MAXIMUM: 402,
  INVALID_INPUT: 422,
  ACCOUNT_NOT_FOUND: 404,
  KEY_NOT_FOUND: 404,
  NODE_NOT_FOUND: 404,
  JOB_NOT_FOUND: 404,
  JOB_ALREADY_ENDED: 409,
  JOB_NOT_ENDED: 409,
  JOB_WITHOUT_RESULT: 409,
  UNKNOWN_JOB_TYPE: 422,
  SERVICE_NOT_FOUND: 404,
  OFFER_NOT_FOUND: 404,
  OFFER_NOT_AVAILABLE: 410,
  JOB_NOT_WAITING: 409,
  STALE_LEASE: 409,
  DELIVERY_NOT_FOUND: 404,
  DELIVERY_MOVED_ON: 409,
  PARTICIPANT_NOT_FOUND: 404,
  WORKER_NOT_FOUND: 404,
  PAYOUT_NOT_FOUND: 404,
  PLAN_NOT_FOUND: 404,
  PLAN_MOVED_ON: 409,
  WALLET_TAKEN: 409,
  TRANSACTION_RECORDED: 409,
  RECEIPT_NOT_FOUND: 404,
  TREE_HEAD_NOT_FOUND: 404,
  NO_NODE_AVAILABLE: 503,
  MODEL_NOT_FOUND: 404,
  QUEUE_FULL: 503,
  TOO_MANY_RUNNING: 429,
  RATE_LIMITED: 429,
  RESULT_REMOVED: 410,
  TASK_TIMED_OUT: 504,
  ARTIFACT_NOT_FOUND: 404,
  ARTIFACT_TOO_LARGE: 413,
  STORAGE_FULL: 507,
  IDEMPOTENCY_MISMATCH: 409,
  INVALID_IDEMPOTENCY_KEY: 422,
  NODE_IDENTITY_REFUSED: 403,
  OVERLOADED: 503,
  SHUTTING_DOWN: 503,
  STORAGE_UNAVAILABLE: 503,
} satisfies Record<ErrorCode, number>;

/** When to come back after refusals that do not say so themselves: nodes come and go. */
const RETRY_AFTER_SECONDS: { readonly [C in ErrorCode]?: number } = { NO_NODE_AVAILABLE: 2 };

/** Every refusal is `{"error": {code, message, details, request_id}}`; the codes are the domain's own. */
export const plexusErrors: ErrorDialect = {
  domain: (error, request) => ({ ...reply(STATUS[error.code], wordsOf(error), request), ...retryHeader(error.code) }),
  validation: (error, request) => reply(422, { code: 'INVALID_INPUT', ...describeViolation(error) }, request),
  malformedJson: ({ message, position }, request) =>
    reply(400, { code: 'MALFORMED_JSON', message, details: { position } }, request),
  malformed: (status, message, request) => reply(status, { code: malformedCode(status), message }, request),
  unexpected: (request) => reply(500, { code: 'INTERNAL_ERROR', message: 'Internal server error' }, request),
  notFound: (request) => reply(404, { code: 'NOT_FOUND', message: noSuchPath(request) }, request),
  methodNotAllowed: (request) =>
    reply(405, { code: 'METHOD_NOT_ALLOWED', message: `${request.method} is not possible here` }, request),
};

interface Words {
  readonly code: string;
  readonly message: string;
  readonly details?: object;
}

function reply(status: number, { code, message, details = {} }: Words, { id }: FastifyRequest): ErrorReply {
  return { status, body: { error: { code, message, details, request_id: id } } };
}

function retryHeader(code: ErrorCode): Pick<ErrorReply, 'headers'> {
  const seconds = RETRY_AFTER_SECONDS[code];
  return seconds === undefined ? {} : { headers: { 'retry-after': String(seconds) } };
}

function wordsOf({ code, message, details }: DomainError): Words {
  return { code, message, details };
}
