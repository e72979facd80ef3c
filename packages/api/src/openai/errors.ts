import type { DomainError, ErrorCode, ErrorDetails } from '@plexus/core';
import type { ErrorDialect, ErrorReply } from '../dialect.ts';
import { violationReply } from './violation.ts';
import { badRequest, inWords, type Words } from './words.ts';

interface Word<C extends ErrorCode> extends Words {
  /** Absent: the domain's own message. */
  readonly say?: (message: string, details: ErrorDetails[C]) => string;
}

const INVALID = 'invalid_request_error';

/**
 * Without credits the status is 429, as at OpenAI: clients know `insufficient_quota` by it, and `x-should-retry`
 * stops those that would repeat any 429.
 */
const WORDS = {
  MISSING_API_KEY: { status: 401, type: INVALID, code: 'invalid_api_key' },
  INVALID_API_KEY: { status: 401, type: INVALID, code: 'invalid_api_key' },
  KEY_EXPIRED: { status: 401, type: INVALID, code: 'invalid_api_key' },
  FORBIDDEN: { status: 403, type: 'permission_error', code: 'insufficient_permissions' },
  SPEND_LIMIT_EXCEEDED: { status: 429, type: 'insufficient_quota', code: 'insufficient_quota', final: true },
  INSUFFICIENT_BALANCE: {
    status: 429,
    type: 'insufficient_quota',
    code: 'insufficient_quota',
    final: true,
    say: (_message, { required, available }) =>
      `Not enough credits: up to ${required} needed, ${available} available. Less text or fewer max_tokens need fewer.`,
  },
  COST_EXCEEDS_MAXIMUM: {
    status: 400,
    type: INVALID,
    code: 'cost_exceeds_maximum',
    param: 'provider.max_price',
    say: (_message, { required, maximum }) =>
      `A token costs ${required} credits at least, and 'provider.max_price' allows ${maximum}`,
  },
  INVALID_INPUT: { status: 400, type: INVALID, code: 'invalid_value' },
  ACCOUNT_NOT_FOUND: { status: 404, type: INVALID, code: 'account_not_found' },
  KEY_NOT_FOUND: { status: 404, type: INVALID, code: 'key_not_found' },
  NODE_NOT_FOUND: { status: 404, type: INVALID, code: 'node_not_found' },
  JOB_NOT_FOUND: { status: 404, type: INVALID, code: 'job_not_found' },
  JOB_ALREADY_ENDED: { status: 409, type: INVALID, code: 'job_already_ended', final: true },
  JOB_NOT_ENDED: { status: 409, type: INVALID, code: 'job_not_ended', final: true },
  JOB_WITHOUT_RESULT: { status: 409, type: INVALID, code: 'job_without_result', final: true },
  UNKNOWN_JOB_TYPE: { status: 400, type: INVALID, code: 'unknown_job_type' },
  SERVICE_NOT_FOUND: { status: 404, type: INVALID, code: 'service_not_found' },
  OFFER_NOT_FOUND: { status: 404, type: INVALID, code: 'offer_not_found' },
  OFFER_NOT_AVAILABLE: { status: 410, type: INVALID, code: 'offer_not_available' },
  JOB_NOT_WAITING: { status: 409, type: INVALID, code: 'job_not_waiting', final: true },
  STALE_LEASE: { status: 409, type: INVALID, code: 'stale_lease', final: true },
  DELIVERY_NOT_FOUND: { status: 404, type: INVALID, code: 'delivery_not_found' },
  DELIVERY_MOVED_ON: { status: 409, type: INVALID, code: 'delivery_moved_on', final: true },
  PARTICIPANT_NOT_FOUND: { status: 404, type: INVALID, code: 'participant_not_found' },
  WORKER_NOT_FOUND: { status: 404, type: INVALID, code: 'worker_not_found' },
  PAYOUT_NOT_FOUND: { status: 404, type: INVALID, code: 'payout_not_found' },
  PLAN_NOT_FOUND: { status: 404, type: INVALID, code: 'plan_not_found' },
  PLAN_MOVED_ON: { status: 409, type: INVALID, code: 'plan_moved_on', final: true },
  WALLET_TAKEN: { status: 409, type: INVALID, code: 'wallet_taken', final: true },
  TRANSACTION_RECORDED: { status: 409, type: INVALID, code: 'transaction_recorded', final: true },
  RECEIPT_NOT_FOUND: { status: 404, type: INVALID, code: 'receipt_not_found' },
  TREE_HEAD_NOT_FOUND: { status: 404, type: INVALID, code: 'tree_head_not_found' },
  NO_NODE_AVAILABLE: { status: 503, type: 'server_error', code: 'no_node_available', retryAfterSeconds: 2 },
  MODEL_NOT_FOUND: { status: 404, type: INVALID, code: 'model_not_found', param: 'model' },
  QUEUE_FULL: {
    status: 503,
    type: 'server_error',
    code: 'queue_full',
  },
  TOO_MANY_RUNNING: { status: 429, type: 'requests', code: 'concurrency_limit_exceeded' },
  RATE_LIMITED: { status: 429, type: 'requests', code: 'rate_limit_exceeded' },
  RESULT_REMOVED: { status: 410, type: INVALID, code: 'result_removed', final: true },
  TASK_TIMED_OUT: { status: 504, type: 'server_error', code: 'timeout', final: true },
  ARTIFACT_NOT_FOUND: { status: 404, type: INVALID, code: 'file_not_found' },
  ARTIFACT_TOO_LARGE: { status: 413, type: INVALID, code: 'file_too_large' },
  STORAGE_FULL: { status: 507, type: 'server_error', code: 'storage_full', final: true },
  IDEMPOTENCY_MISMATCH: { status: 409, type: INVALID, code: 'idempotency_key_mismatch', final: true },
  INVALID_IDEMPOTENCY_KEY: { status: 400, type: INVALID, code: 'invalid_idempotency_key' },
  NODE_IDENTITY_REFUSED: { status: 403, type: 'permission_error', code: 'node_identity_refused' },
  OVERLOADED: { status: 503, type: 'server_error', code: 'overloaded' },
  SHUTTING_DOWN: { status: 503, type: 'server_error', code: 'shutting_down' },
  STORAGE_UNAVAILABLE: { status: 503, type: 'server_error', code: 'storage_unavailable' },
} satisfies { readonly [C in ErrorCode]: Word<C> };

/** Every refusal is `{"error": {message, type, param, code}}`. */
export const openAiErrors: ErrorDialect = {
  domain,
  validation: violationReply,
  malformedJson: ({ message }) => badRequest(`The body of the request is not JSON: ${message}`, 'invalid_json'),
  malformed: (status, message) => inWords(message, { status, type: INVALID, code: 'malformed_request' }),
  unexpected: ({ id }) =>
    inWords(`The server failed (request ${id})`, { status: 500, type: 'server_error', code: 'internal_error' }),
  notFound: ({ method, url }) =>
    inWords(`Invalid URL (${method} ${url})`, { status: 404, type: INVALID, code: 'unknown_url' }),
  methodNotAllowed: ({ method, url }) =>
    inWords(`Not allowed to ${method} on ${url}`, { status: 405, type: INVALID, code: 'method_not_allowed' }),
};

function domain<C extends ErrorCode>({ code, message, details }: DomainError<C>): ErrorReply {
  // The table is typed code by code; here it is looked up by a code that is only known to be one of them.
  const { say, ...words } = WORDS[code] as Word<C>;
  const param = 'field' in details ? { param: details.field.replace(/^params\./, '') } : {};
  return inWords(say?.(message, details) ?? message, { ...words, ...param });
}
