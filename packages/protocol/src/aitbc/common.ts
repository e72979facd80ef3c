/** What AITBC's endpoints share. Source: seed 002; what the page leaves open is in contract/aitbc.md. */
import Type from 'typebox';
import { QUANTITY_PATTERN } from '../quantity.ts';

export { CallbackUrl, Id, Instant, Nullable } from '../schemas.ts';

export const Amount = Type.String({ description: 'AITBC (credits) as decimal text, at most 6 places.' });

export const PRICE_PATTERN = '^\\d{1,9}(\\.\\d{1,6})?$';

/** An amount that somebody is willing to pay. */
export const Price = Type.String({
  pattern: PRICE_PATTERN,
  description: 'AITBC (credits) as decimal text, for example `0.10`.',
});

/** How much of a resource. */
export const Quantity = (description: string) =>
  Type.String({ maxLength: 40, pattern: QUANTITY_PATTERN, description: `${description} A Kubernetes quantity.` });

const JOB_STATUSES = ['submitted', 'running', 'completed', 'failed', 'cancelled'] as const;
export const JobStatus = Type.Enum(JOB_STATUSES);

/** The refusals a caller should expect of a request that makes a job. */
export const JOB_REFUSALS = {
  401: 'INVALID_API_KEY',
  402: 'INSUFFICIENT_BALANCE',
  409: 'CONFLICT_STATE: the Idempotency-Key stands for another request.',
  422: 'INVALID_PAYLOAD: `details.field` says where.',
  429: 'RATE_LIMIT_EXCEEDED: `Retry-After` says when to come back.',
  503: 'NO_ELIGIBLE_MINER',
};
