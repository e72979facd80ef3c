import type { DomainError, ErrorCode } from '@plexus/core';
import type { FastifyRequest } from 'fastify';
import type { ErrorDialect, ErrorReply } from './dialect.ts';
import { stateWord } from './aitbc/job-views.ts';
import { malformedCode, noSuchPath } from './error-handler.ts';
import { describeViolation } from './violation.ts';

interface Word {
  readonly status: number;
  readonly code: string;
  /** When to come back, where the domain does not say. */
  readonly retryAfterSeconds?: number;
  /** What of a request it is about, where the domain does not say. */
  readonly field?: string;
}

const INVALID_KEY = { status: 401, code: 'INVALID_API_KEY' } as const;
const INVALID = { status: 422, code: 'INVALID_PAYLOAD' } as const;
const POOR = { status: 402, code: 'INSUFFICIENT_BALANCE' } as const;
const CONFLICT = { status: 409, code: 'CONFLICT_STATE' } as const;
const TOO_MANY = { status: 429, code: 'RATE_LIMIT_EXCEEDED' } as const;
const NO_MINER = { status: 503, code: 'NO_ELIGIBLE_MINER' } as const;
const NO_RECEIPT = { status: 404, code: 'RECEIPT_NOT_FOUND' } as const;

/** Nodes come and go: a client that was refused for want of one may ask again soon. */
const NODE_RETRY_SECONDS = 5;

/** Source: seed 002, "Error Codes"; contract/aitbc.md for those that the page has no word for. */
const WORDS = {
  MISSING_API_KEY: INVALID_KEY,
  INVALID_API_KEY: INVALID_KEY,
  KEY_EXPIRED: INVALID_KEY,
  FORBIDDEN: { status: 403, code: 'FORBIDDEN' },
  SPEND_LIMIT_EXCEEDED: POOR,
  INSUFFICIENT_BALANCE: POOR,
  COST_EXCEEDS_MAXIMUM: { ...INVALID, field: 'pricing.max_cost' },
  INVALID_INPUT: INVALID,
  ACCOUNT_NOT_FOUND: { status: 404, code: 'ACCOUNT_NOT_FOUND' },
  KEY_NOT_FOUND: { status: 404, code: 'KEY_NOT_FOUND' },
  NODE_NOT_FOUND: { status: 404, code: 'MINER_NOT_FOUND' },
  JOB_NOT_FOUND: { status: 404, code: 'JOB_NOT_FOUND' },
  JOB_ALREADY_ENDED: { status: 409, code: 'JOB_ALREADY_COMPLETED' },
  JOB_NOT_ENDED: { status: 425, code: 'JOB_NOT_READY' },
  JOB_WITHOUT_RESULT: CONFLICT,
  UNKNOWN_JOB_TYPE: { status: 400, code: 'INVALID_JOB_TYPE' },
  SERVICE_NOT_FOUND: { status: 404, code: 'SERVICE_NOT_FOUND' },
  OFFER_NOT_FOUND: { status: 404, code: 'OFFER_NOT_FOUND' },
  OFFER_NOT_AVAILABLE: { status: 410, code: 'OFFER_NOT_AVAILABLE' },
  JOB_NOT_WAITING: CONFLICT,
  STALE_LEASE: CONFLICT,
  RECEIPT_NOT_FOUND: NO_RECEIPT,
  TREE_HEAD_NOT_FOUND: NO_RECEIPT,
  NO_NODE_AVAILABLE: { ...NO_MINER, retryAfterSeconds: NODE_RETRY_SECONDS },
  MODEL_NOT_FOUND: { ...NO_MINER, retryAfterSeconds: NODE_RETRY_SECONDS },
  QUEUE_FULL: NO_MINER,
  TOO_MANY_RUNNING: TOO_MANY,
  RATE_LIMITED: TOO_MANY,
  TASK_TIMED_OUT: CONFLICT,
  IDEMPOTENCY_MISMATCH: CONFLICT,
  INVALID_IDEMPOTENCY_KEY: INVALID,
  NODE_IDENTITY_REFUSED: { status: 403, code: 'FORBIDDEN' },
  OVERLOADED: { status: 503, code: 'OVERLOADED' },
  DELIVERY_NOT_FOUND: { status: 404, code: 'DELIVERY_NOT_FOUND' },
  DELIVERY_MOVED_ON: CONFLICT,
  PARTICIPANT_NOT_FOUND: { status: 404, code: 'PARTICIPANT_NOT_FOUND' },
  WORKER_NOT_FOUND: { status: 404, code: 'WORKER_NOT_FOUND' },
  PAYOUT_NOT_FOUND: { status: 404, code: 'PAYOUT_NOT_FOUND' },
  PLAN_NOT_FOUND: { status: 404, code: 'PLAN_NOT_FOUND' },
  PLAN_MOVED_ON: CONFLICT,
  WALLET_TAKEN: CONFLICT,
  TRANSACTION_RECORDED: CONFLICT,
  ARTIFACT_NOT_FOUND: { status: 404, code: 'ARTIFACT_NOT_FOUND' },
  ARTIFACT_TOO_LARGE: { status: 413, code: 'ARTIFACT_TOO_LARGE' },
  RESULT_REMOVED: { status: 410, code: 'RESULT_REMOVED' },
  STORAGE_FULL: { status: 507, code: 'STORAGE_FULL' },
  STORAGE_UNAVAILABLE: { status: 503, code: 'STORAGE_UNAVAILABLE' },
  SHUTTING_DOWN: { status: 503, code: 'SHUTTING_DOWN' },
} satisfies Record<ErrorCode, Word>;

/** What AITBC calls a refusal. */
export function aitbcErrorCode(code: ErrorCode): string {
  return WORDS[code].code;
}

/** Every refusal is `{"error": {code, message, details}}`; the details name the request. */
export const aitbcErrors: ErrorDialect = {
  domain,
  validation: (error, request) => reply(INVALID, { request, ...describeViolation(error) }),
  malformedJson: ({ message, position }, request) =>
    reply(INVALID, { request, message: `The body is not JSON: ${message}`, details: { position } }),
  malformed: (status, message, request) => reply({ status, code: malformedCode(status) }, { request, message }),
  unexpected: (request) =>
    reply({ status: 500, code: 'INTERNAL_ERROR' }, { request, message: 'Internal server error' }),
  notFound: (request) => reply({ status: 404, code: 'NOT_FOUND' }, { request, message: noSuchPath(request) }),
  methodNotAllowed: (request) =>
    reply({ status: 405, code: 'METHOD_NOT_ALLOWED' }, { request, message: `${request.method} is not possible here` }),
};

function domain({ code, message, details }: DomainError, request: FastifyRequest): ErrorReply {
  const { field }: Word = WORDS[code];
  const facts = { ...(field !== undefined && { field }), ...details };
  return reply(WORDS[code], { request, message, details: 'state' in facts ? withWord(facts) : facts });
}

/** The state of a job is told by the word that the job itself is shown with. */
function withWord(facts: { readonly state: unknown }): object {
  return { ...facts, state: stateWord(facts.state) };
}

interface Said {
  readonly request: FastifyRequest;
  readonly message: string;
  readonly details?: object;
}

/** The domain's facts under names as this dialect writes them: its nodes are miners. */
function inSnakeCase(facts: object = {}): object {
  const toSnake = (name: string) =>
    name.replace(/^node(?=[A-Z])/, 'miner').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [toSnake(name), value]));
}

function reply({ status, code, retryAfterSeconds }: Word, { request, message, details }: Said): ErrorReply {
  const body = { error: { code, message, details: { ...inSnakeCase(details), request_id: request.id } } };
  return retryAfterSeconds === undefined
    ? { status, body }
    : { status, body, headers: { 'retry-after': String(retryAfterSeconds) } };
}
