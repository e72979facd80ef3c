/** Every way the domain can refuse, with the facts each refusal carries. Amounts are credits as decimal text. */
export interface ErrorDetails {
  MISSING_API_KEY: Record<string, never>;
  /** With the node that the key is good at, or that would take only another one; without it nobody has the key. */
  INVALID_API_KEY: { node?: string };
  KEY_EXPIRED: { expiredAt: string };
  FORBIDDEN: { needed: string };
  SPEND_LIMIT_EXCEEDED: { required: string; remaining: string };
  INSUFFICIENT_BALANCE: { required: string; available: string };
  COST_EXCEEDS_MAXIMUM: { required: string; maximum: string };
  INVALID_INPUT: { field: string };
  ACCOUNT_NOT_FOUND: { accountId: string };
  KEY_NOT_FOUND: { keyId: string };
  NODE_NOT_FOUND: { nodeId: string };
  JOB_NOT_FOUND: { jobId: string };
  JOB_ALREADY_ENDED: { jobId: string; state: string };
  JOB_NOT_ENDED: { jobId: string; state: string };
  /** @param error why it ended otherwise, in words. */
  JOB_WITHOUT_RESULT: { jobId: string; state: string; reason: string; error: string };
  /** @param available what there is, some of it. */
  UNKNOWN_JOB_TYPE: { type: string; available: readonly string[] };
  SERVICE_NOT_FOUND: { service: string; available: readonly string[] };
  OFFER_NOT_FOUND: { offerId: string };
  /** @param state why: used_up, expired or withdrawn. */
  OFFER_NOT_AVAILABLE: { offerId: string; state: string };
  JOB_NOT_WAITING: { jobId: string };
  STALE_LEASE: { jobId: string; epoch: number };
  DELIVERY_NOT_FOUND: { deliveryId: string };
  DELIVERY_MOVED_ON: { deliveryId: string };
  PARTICIPANT_NOT_FOUND: { participantId?: number };
  WORKER_NOT_FOUND: { workerId: number };
  PAYOUT_NOT_FOUND: { payoutId: number };
  PLAN_NOT_FOUND: { planId: string };
  PLAN_MOVED_ON: { planId: string };
  WALLET_TAKEN: { wallet: string };
  TRANSACTION_RECORDED: { transactionHash: string };
  RECEIPT_NOT_FOUND: { receiptId: string };
  TREE_HEAD_NOT_FOUND: { size: number };
  /** @param unfit why each online node, or how many of them, could not take it. */
  NO_NODE_AVAILABLE: { service: string; unfit: readonly string[] };
  /** @param available models that connected nodes serve, some of them. */
  MODEL_NOT_FOUND: { model: string; available: readonly string[] };
  /** @param waiting jobs before this one. @param retryAfterSeconds until a place is likely to be free. */
  QUEUE_FULL: { service: string; waiting: number; retryAfterSeconds: number };
  /** @param limit jobs of one key that may run or wait at once. */
  TOO_MANY_RUNNING: { limit: number; retryAfterSeconds: number };
  /** @param retryAfterSeconds until the next call is allowed. */
  RATE_LIMITED: { retryAfterSeconds: number };
  RESULT_REMOVED: { jobId: string };
  TASK_TIMED_OUT: { jobId: string; seconds: number };
  /** @param name of the file. */
  ARTIFACT_NOT_FOUND: { name: string };
  /** @param limitBytes that a file may have here. */
  ARTIFACT_TOO_LARGE: { limitBytes: number };
  /** @param limitBytes of all files, or of all of one account. */
  STORAGE_FULL: { limitBytes: number };
  IDEMPOTENCY_MISMATCH: { key: string };
  INVALID_IDEMPOTENCY_KEY: { key: string };
  NODE_IDENTITY_REFUSED: { nodeId: string };
  /** @param retryAfterSeconds until what waits is likely to be less. */
  OVERLOADED: { retryAfterSeconds: number };
  /** @param retryAfterSeconds until the coordinator is likely to be back. */
  SHUTTING_DOWN: { retryAfterSeconds: number };
  /** @param retryAfterSeconds until the books may be reached again. */
  STORAGE_UNAVAILABLE: { retryAfterSeconds: number };
}

export type ErrorCode = keyof ErrorDetails;

/** The only error the domain throws on purpose. Anything else is a bug and becomes a 500. */
export class DomainError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'DomainError';
  readonly code: C;
  readonly details: ErrorDetails[C];

  constructor(code: C, message: string, details: ErrorDetails[C], options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

/**
 * Why a key that was good is no longer: it was revoked, or has expired. That it is good at another place only, or cannot be
 * looked up now, says nothing of what it was good for already.
 */
export function keyLossIn(error: unknown): DomainError | undefined {
  if (isRefusal(error, 'KEY_EXPIRED')) return error;
  return isRefusal(error, 'INVALID_API_KEY') && error.details.node === undefined ? error : undefined;
}

/** Whether an error is the domain's refusal of one kind. */
export function isRefusal<C extends ErrorCode>(error: unknown, code: C): error is DomainError<C> {
  return error instanceof DomainError && error.code === code;
}
