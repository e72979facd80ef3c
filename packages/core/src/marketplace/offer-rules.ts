import { formatCredits } from '@plexus/protocol';
import { keepClaim, takeClaim } from '../books/claim-rules.ts';
import type { AcceptOffer, CloseOffers, CreateOffer, Outcome, WithdrawOffer } from '../books/commands.ts';
import type { AnyDraft } from '../books/draft.ts';
import { spendOnKey } from '../books/key-limit.ts';
import { DomainError } from '../errors.ts';
import { hasEnded, type JobHead } from '../jobs/job.ts';
import { type Offer, type OfferState, offerStateAt, transactionIdOf } from './offer.ts';

/**
 * @throws {RangeError} when the id is taken
 * @throws {DomainError} IDEMPOTENCY_MISMATCH
 */
export function createOffer(draft: AnyDraft, { offer, claim }: CreateOffer): Pick<Outcome, 'replayed'> {
  const replayed = takeClaim(draft, claim);
  if (replayed !== undefined) return { replayed };
  if (draft.findOffer(offer.id)) throw new RangeError(`Offer ${offer.id} exists already`);
  if (claim) keepClaim(draft, claim, claim.answer);
  put(draft, offer, offer.createdAt);
  return {};
}

/** An offer that is over already stays as it ended. */
export function withdrawOffer(draft: AnyDraft, { offerId, at }: WithdrawOffer): void {
  const offer = draft.getOffer(offerId);
  if (offerStateAt(offer, at) === 'active') put(draft, { ...offer, state: 'withdrawn' }, at);
}

/** Says of offers whose time is over that they are; what is said of others is passed over. */
export function closeOffers(draft: AnyDraft, { offerIds, at }: CloseOffers): void {
  for (const offerId of offerIds) {
    const offer = draft.findOffer(offerId);
    if (offer?.state === 'active' && offerStateAt(offer, at) === 'expired')
      put(draft, { ...offer, state: 'expired' }, at);
  }
}

/**
 * Gives a waiting job to an offer, at the offer's price: what was held for it becomes that, on the key that accepts, and
 * one job of the offer is used. A job is given away once.
 *
 * @throws {DomainError} OFFER_NOT_FOUND, OFFER_NOT_AVAILABLE, INVALID_INPUT for a bid below the price, JOB_NOT_FOUND,
 *   JOB_ALREADY_ENDED, JOB_NOT_WAITING, INSUFFICIENT_BALANCE, SPEND_LIMIT_EXCEEDED, IDEMPOTENCY_MISMATCH
 */
export function acceptOffer(draft: AnyDraft, command: AcceptOffer): Pick<Outcome, 'replayed'> {
  const { offerId, jobId, keyId, bid, demands, at, claim } = command;
  const replayed = takeClaim(draft, claim);
  if (replayed !== undefined) return { replayed };
  const offer = draft.getOffer(offerId);
  const job = waitingJob(draft, command);
  requireAvailable(offer, offerStateAt(offer, at));
  if (bid < offer.price) throw bidTooLow(bid, offer.price);
  spendOnKey(draft, job.keyId, -job.hold);
  spendOnKey(draft, keyId, offer.price);
  holdInstead(draft, job, offer.price, at);
  const { epoch, state } = job;
  draft.changeJob(job, { state, epoch, keyId, hold: offer.price, unitPrice: offer.price, demands });
  const { nodeId, price } = offer;
  draft.put(draft.acceptances, jobId, { jobId, offerId, nodeId, accountId: job.accountId, price, bid, at });
  const jobsLeft = offer.jobsLeft - 1;
  put(draft, { ...offer, jobsLeft, state: jobsLeft === 0 ? 'used_up' : 'active' }, at, transactionIdOf(jobId));
  keepClaim(draft, claim, jobId);
  return {};
}

/** The refusal of an offer that is over. */
export function requireAvailable({ id: offerId }: Pick<Offer, 'id'>, state: OfferState): void {
  if (state === 'active') return;
  throw new DomainError('OFFER_NOT_AVAILABLE', `The offer is no longer available: ${state}`, { offerId, state });
}

/** The refusal of a job that is not, or no longer, to be given away. */
export function jobNotWaiting(jobId: string, why: string): DomainError {
  return new DomainError('JOB_NOT_WAITING', `The job cannot be given to an offer: ${why}`, { jobId });
}

function waitingJob(draft: AnyDraft, { jobId, accountId, submittedBy }: AcceptOffer): JobHead {
  const job = draft.getJob(jobId);
  const { state } = job;
  if (job.accountId !== accountId) throw new DomainError('JOB_NOT_FOUND', 'Job does not exist', { jobId });
  if (hasEnded(state)) {
    throw new DomainError('JOB_ALREADY_ENDED', `The job has already ended: ${state}`, { jobId, state });
  }
  if (draft.findAcceptance(jobId)) throw jobNotWaiting(jobId, 'it was given to one already');
  if (state !== 'queued') throw jobNotWaiting(jobId, 'a miner has it');
  if (job.keyId !== submittedBy)
    throw new RangeError(`Job ${jobId} was submitted with another key than ${submittedBy}`);
  return job;
}

/** The refusal of an offer that is dearer than what the job may cost, where the client bids nothing. */
export function dearerThanHold(price: bigint, hold: bigint): DomainError {
  const message = `The offer's price of ${formatCredits(price)} is more than the ${formatCredits(hold)} that are held for the job: bid as much to pay it`;
  return new DomainError('INVALID_INPUT', message, { field: 'bid_price' });
}

function bidTooLow(bid: bigint, price: bigint): DomainError {
  const message = `The bid of ${formatCredits(bid)} is below the offer's price of ${formatCredits(price)}`;
  return new DomainError('INVALID_INPUT', message, { field: 'bid_price' });
}

/** Holds another amount for a job than before. */
function holdInstead(draft: AnyDraft, { id: jobId, accountId, hold }: JobHead, amount: bigint, at: Date): void {
  const [available, held] = [{ accountId, part: 'available' } as const, { accountId, part: 'held' } as const];
  if (amount >= hold) draft.move({ kind: 'hold', debit: available, credit: held, amount: amount - hold, jobId, at });
  else draft.move({ kind: 'release', debit: held, credit: available, amount: hold - amount, jobId, at });
}

function put(draft: AnyDraft, offer: Offer, at: Date, transactionId?: string): void {
  draft.put(draft.offers, offer.id, offer);
  const update = { type: 'marketplace_update', offerId: offer.id, status: offer.state, at } as const;
  draft.tell([transactionId === undefined ? update : { ...update, transactionId }]);
}
