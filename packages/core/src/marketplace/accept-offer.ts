import type { Idempotency } from '../accounts/account-service.ts';
import { type Caller, requireScope } from '../accounts/caller.ts';
import type { Books } from '../books/books.ts';
import type { AcceptOffer as AcceptCommand } from '../books/commands.ts';
import { DomainError } from '../errors.ts';
import type { Dispatcher } from '../jobs/dispatcher.ts';
import { type Demands, hasEnded, type Job } from '../jobs/job.ts';
import type { LiveJob } from '../jobs/live-job.ts';
import type { LiveJobs } from '../jobs/live-jobs.ts';
import type { Settlement } from '../jobs/settlement.ts';
import type { WaitingLine } from '../jobs/waiting-line.ts';
import type { CreditView } from '../ledger/credit-view.ts';
import { earlierAnswer } from './earlier-answer.ts';
import { type Acceptance, type Offer, offerStateAt } from './offer.ts';
import { dearerThanHold, jobNotWaiting, requireAvailable } from './offer-rules.ts';

/** What a client accepts an offer with. */
export interface OfferBid {
  readonly offerId: string;
  readonly jobId: string;
  /** Micro-credits that the client is ready to pay, by default what is held for the job; it pays the offer's price. */
  readonly bid?: bigint;
  /** What jobs of a service are called, so that it is known which offers fit them. */
  readonly typesOf: (service: string) => readonly string[];
  readonly idempotency?: Idempotency;
}

export interface AcceptOfferDeps {
  readonly books: Books;
  readonly live: LiveJobs;
  readonly line: WaitingLine;
  readonly dispatcher: Dispatcher;
  readonly settlement: Settlement;
  readonly credits: CreditView;
  readonly clock: () => Date;
}

/**
 * Gives a waiting job of the caller to an offer: from then on it waits for that miner, at that price, and is the job of
 * the key that accepted. Under an Idempotency-Key once, however often and at once it is asked for.
 *
 * @throws {DomainError} OFFER_NOT_FOUND, OFFER_NOT_AVAILABLE, INVALID_INPUT where the offer is for other jobs or costs
 *   more than the bid, JOB_NOT_FOUND, JOB_ALREADY_ENDED, JOB_NOT_WAITING, INSUFFICIENT_BALANCE, SPEND_LIMIT_EXCEEDED, IDEMPOTENCY_MISMATCH
 */
export type AcceptOffer = (caller: Caller, bid: OfferBid) => Promise<Acceptance>;

export function createAcceptOffer(deps: AcceptOfferDeps): AcceptOffer {
  const { books, line, dispatcher, clock } = deps;
  /** What becomes of jobs that are being given away, by their ids. */
  const leaving = new Map<string, Promise<Acceptance>>();

  async function accept(caller: Caller, bid: OfferBid): Promise<Acceptance> {
    const offer = await findOffer(books, bid.offerId);
    requireAvailable(offer, offerStateAt(offer, clock()));
    const live = await findWaiting(caller, bid.jobId, deps);
    requireFit(offer, live.job, bid);
    if (bid.bid === undefined && offer.price > live.job.hold) throw dearerThanHold(offer.price, live.job.hold);
    if (leaving.has(bid.jobId)) throw jobNotWaiting(bid.jobId, 'it is being given to one');
    // Off the line, so that no other node gets it meanwhile.
    line.leave(live);
    const given = giveAway(live, { caller, offer, bid }, deps);
    leaving.set(bid.jobId, given);
    try {
      return await given;
    } finally {
      leaving.delete(bid.jobId);
      if (!live.ending) dispatcher.replace(live).catch((error: unknown) => live.reject(error));
    }
  }

  return async (caller, bid) => {
    requireScope(caller, 'submit');
    const earlier = await findAccepted(books, caller, bid);
    if (earlier) return earlier;
    return await accept(caller, bid).catch(async (error: unknown) => {
      // Another call under the same key may have come first.
      await leaving.get(bid.jobId)?.catch(() => undefined);
      const first = await findAccepted(books, caller, bid);
      if (first) return first;
      throw error;
    });
  };
}

/** What an earlier call under the same Idempotency-Key came to. */
async function findAccepted(books: Books, caller: Caller, { idempotency }: OfferBid): Promise<Acceptance | undefined> {
  const jobId = await earlierAnswer(books, caller, idempotency);
  return jobId === undefined ? undefined : await books.read.findAcceptance(jobId);
}

async function findOffer({ read }: Books, offerId: string): Promise<Offer> {
  const offer = await read.findOffer(offerId);
  if (offer) return offer;
  throw new DomainError('OFFER_NOT_FOUND', 'Offer does not exist', { offerId });
}

async function findWaiting({ accountId }: Caller, jobId: string, { live: jobs, books }: AcceptOfferDeps) {
  const live = jobs.find(jobId);
  const job = live?.job ?? (await books.read.findJob(jobId));
  if (job?.accountId !== accountId) throw new DomainError('JOB_NOT_FOUND', 'Job does not exist', { jobId });
  const { state } = job;
  if (hasEnded(state))
    throw new DomainError('JOB_ALREADY_ENDED', `The job has already ended: ${state}`, { jobId, state });
  if (!live || live.ending || live.stream || state !== 'queued') throw jobNotWaiting(jobId, 'a miner has it');
  if (job.demands?.offerId !== undefined) throw jobNotWaiting(jobId, 'it was given to one already');
  return live;
}

function requireFit({ jobType }: Offer, { name, service }: Job, { typesOf }: OfferBid): void {
  const names = [...typesOf(service), ...(name === undefined ? [] : [name])];
  if (names.includes(jobType)) return;
  const message = `The offer is for "${jobType}", and the job is ${names.map((one) => `"${one}"`).join(', ')}`;
  throw new DomainError('INVALID_INPUT', message, { field: 'job_id' });
}

interface Bargain {
  readonly caller: Caller;
  readonly offer: Offer;
  readonly bid: OfferBid;
}

async function giveAway(
  live: LiveJob,
  { caller, offer, bid: { bid = offer.price, idempotency } }: Bargain,
  deps: AcceptOfferDeps,
): Promise<Acceptance> {
  const { settlement, credits, clock } = deps;
  await settlement.open(live);
  const { id: jobId, accountId, keyId: submittedBy, hold } = live.job;
  const { id: offerId, nodeId, price } = offer;
  const claim = idempotency && { ...idempotency, accountId, answer: jobId };
  const { keyId } = caller;
  const demands = demandsOf(live.job, offer);
  const of = { offerId, jobId, accountId, keyId, bid, demands, at: clock() };
  const also = { ...(submittedBy !== undefined && { submittedBy }), ...(claim && { claim }) };
  const command: AcceptCommand = { type: 'acceptOffer', ...of, ...also };
  const more = price > hold ? price - hold : 0n;
  await credits.reserve(accountId, more);
  try {
    if (live.ending) throw jobNotWaiting(jobId, 'it is ending');
    live.agreeing = agree(live, command, { price, ...deps });
    await live.agreeing;
  } finally {
    credits.forget(accountId, more);
  }
  return { jobId, offerId, nodeId, accountId, price, bid, at: command.at };
}

/** The job is that key's, at that price, in the books and here. */
async function agree(
  live: LiveJob,
  command: AcceptCommand,
  { books, credits, live: jobs, price }: AcceptOfferDeps & { readonly price: bigint },
): Promise<void> {
  const { accounts } = await books.commit(command);
  credits.update(accounts);
  const { keyId, demands } = command;
  jobs.change(live, { ...live.job, keyId, hold: price, unitPrice: price, demands });
  live.tried.clear();
}

/** That miner and no other, which said that it does such jobs; what was agreed with another one is over. */
function demandsOf({ demands = {} }: Job, { id: offerId, nodeId }: Offer): Demands {
  const { order: _, ignore: _ignored, sort: _sort, features: _features, agreed: _agreed, ...kept } = demands;
  return { ...kept, only: [nodeId], offerId };
}
