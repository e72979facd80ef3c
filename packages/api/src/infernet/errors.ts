import type { DomainError, ErrorCode } from '@plexus/core';
import { type ErrorDialect, type ErrorReply, Refusal } from '../dialect.ts';
import { describeViolation } from '../violation.ts';

/** Source: seed 004 for 400 and 404; the rest is HTTP's. */
const STATUS = {
  MISSING_API_KEY: 401,
  INVALID_API_KEY: 401,
  KEY_EXPIRED: 401,
  FORBIDDEN: 403,
  SPEND_LIMIT_EXCEEDED: 402,
  INSUFFICIENT_BALANCE: 402,
  COST_EXCEEDS_MAXIMUM: 400,
  INVALID_INPUT: 400,
  ACCOUNT_NOT_FOUND: 404,
  KEY_NOT_FOUND: 404,
  NODE_NOT_FOUND: 404,
  JOB_NOT_FOUND: 404,
  JOB_ALREADY_ENDED: 409,
  JOB_NOT_ENDED: 409,
  JOB_WITHOUT_RESULT: 409,
  UNKNOWN_JOB_TYPE: 400,
  SERVICE_NOT_FOUND: 404,
  OFFER_NOT_FOUND: 404,
  OFFER_NOT_AVAILABLE: 410,
  JOB_NOT_WAITING: 409,
  STALE_LEASE: 409,
  DELIVERY_NOT_FOUND: 404,
  DELIVERY_MOVED_ON: 409,
  RECEIPT_NOT_FOUND: 404,
  TREE_HEAD_NOT_FOUND: 404,
  NO_NODE_AVAILABLE: 503,
  MODEL_NOT_FOUND: 404,
  QUEUE_FULL: 503,
  TOO_MANY_RUNNING: 429,
  RATE_LIMITED: 429,
  RESULT_REMOVED: 404,
  TASK_TIMED_OUT: 504,
  ARTIFACT_NOT_FOUND: 404,
  ARTIFACT_TOO_LARGE: 413,
  STORAGE_FULL: 507,
  PARTICIPANT_NOT_FOUND: 404,
  WORKER_NOT_FOUND: 404,
  PAYOUT_NOT_FOUND: 404,
  PLAN_NOT_FOUND: 404,
  PLAN_MOVED_ON: 409,
  WALLET_TAKEN: 409,
  TRANSACTION_RECORDED: 409,
  IDEMPOTENCY_MISMATCH: 409,
  INVALID_IDEMPOTENCY_KEY: 400,
  NODE_IDENTITY_REFUSED: 403,
  OVERLOADED: 503,
  SHUTTING_DOWN: 503,
  STORAGE_UNAVAILABLE: 503,
} satisfies Record<ErrorCode, number>;

/** Source: contract/infernet.md, for what the original says of a batch that is none. */
const NO_LIST = 'Expected a list';

/** Every refusal is `{"error": text}`, with `params` where they say more. */
export const infernetErrors: ErrorDialect = {
  domain: toReply,
  validation(error) {
    const [first] = error.errors;
    if (first?.instancePath === '' && first.keyword === 'type' && first.params['type'] === 'array') {
      return { status: 400, body: { error: NO_LIST } };
    }
    const { message, details } = describeViolation(error);
    return { status: 400, body: { error: message, params: details } };
  },
  malformedJson: ({ message, position }) => ({
    status: 400,
    body: { error: `The body is not JSON: ${message}`, params: { position } },
  }),
  malformed: (status, message) => ({ status, body: { error: message } }),
  unexpected: ({ id }) => ({ status: 500, body: { error: `The node failed (request ${id})` } }),
  notFound: () => ({ status: 404, body: { error: 'No such path' } }),
  methodNotAllowed: ({ method }) => ({ status: 405, body: { error: `${method} is not possible here` } }),
};

/** A refusal of the domain in Infernet's words. */
export function toReply({ code, message, details }: DomainError): ErrorReply {
  const isPayment = STATUS[code] === 402;
  return { status: STATUS[code], body: { error: message, ...(isPayment && { params: details }) } };
}

/** A refusal that names what of the request it is about. */
export function refuse(status: number, error: string, params: object, headers?: ErrorReply['headers']): Refusal {
  return new Refusal(error, { status, body: { error, params }, ...(headers && { headers }) });
}
