import type { Idempotency } from '../accounts/account-service.ts';
import { idempotencyMismatch } from '../books/claim-rules.ts';
import type { Bundles } from '../artifacts/bundles.ts';
import type { Books } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import type { EventBus } from '../events/events.ts';
import type { CreditView } from '../ledger/credit-view.ts';
import type { NodeRegistry } from '../nodes/node-registry.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';
import { type AdmissionDeps, priceJob } from './admission.ts';
import { cancelWhenLeft } from './cancel-when-left.ts';
import { type Dispatcher, placementOf } from './dispatcher.ts';
import type { Job } from './job.ts';
import type { JobKeeper } from './job-keeper.ts';
import type { SubmitJob } from './job-service.ts';
import { JobStream, streamLimitsOf } from './job-stream.ts';
import { createLiveJob, type LiveJob } from './live-job.ts';
import { Claims, type LiveJobs } from './live-jobs.ts';
import { chooseModel } from './model-choice.ts';
import type { Settlement } from './settlement.ts';
import { standsInLine, type WaitingLine } from './waiting-line.ts';

/** A client whose key or account is busy is told to come back after this long. */
const BUSY_RETRY_SECONDS = 1;

export interface JobIntakeDeps extends AdmissionDeps {
  readonly books: Books;
  readonly credits: CreditView;
  readonly registry: NodeRegistry;
  readonly scheduler: Scheduler;
  readonly dispatcher: Dispatcher;
  readonly settlement: Settlement;
  readonly keeper: JobKeeper;
  readonly bundles: Pick<Bundles, 'requireFor'>;
  readonly live: LiveJobs;
  readonly line: WaitingLine;
  readonly events: EventBus;
  /** Jobs of one key that may run or wait at once. */
  readonly maxJobsPerKey: number;
  /** The same of all keys of one account, which makes as many as it likes. */
  readonly maxJobsPerAccount: number;
}

/** Takes a job in, once for each Idempotency-Key. */
export interface JobIntake {
  /** @returns the job as it ended, or as it was accepted when it is `detached` */
  submit(request: SubmitJob): Promise<Job>;
  /** @returns the job with its stream while it runs; one that was there before, as it ended */
  open(request: SubmitJob): Promise<LiveJob | Job>;
}

export function createJobIntake(deps: JobIntakeDeps): JobIntake {
  const claims = new Claims<Job>();

  /** The answer of an earlier request with the same key, or of this one. */
  async function once(request: SubmitJob, idempotency: Idempotency, make: () => Promise<Job>): Promise<Job> {
    const { accountId } = request.caller;
    const pending = claims.find(accountId, idempotency.key);
    if (pending && pending.requestHash !== idempotency.requestHash) throw idempotencyMismatch(idempotency.key);
    if (pending) return await pending.answer;
    const answer = async () => (await replay(request, idempotency, deps)) ?? (await make());
    return await claims.hold(accountId, idempotency, answer);
  }

  return {
    async submit(request) {
      const make = async () => answerOf(request, await accept(request, deps), deps);
      return await (request.idempotency ? once(request, request.idempotency, make) : make());
    },

    async open(request) {
      const make = () => accept(request, deps, true);
      const { idempotency } = request;
      if (!idempotency) return await make();
      return await new Promise<LiveJob | Job>((resolve, reject) => {
        const answer = async () => {
          const live = await make();
          resolve(live);
          return await live.ended;
        };
        once(request, idempotency, answer).then(resolve, reject);
      });
    },
  };
}

async function answerOf(request: SubmitJob, live: LiveJob, { keeper }: JobIntakeDeps): Promise<Job> {
  const { detached, signal, idempotency } = request;
  if (detached) return live.job;
  // Others may wait for the same key.
  if (signal && !idempotency) cancelWhenLeft(live, signal, keeper);
  return await live.ended;
}

async function replay(
  { caller, detached }: SubmitJob,
  { key, requestHash }: Idempotency,
  { books, live: jobs }: JobIntakeDeps,
): Promise<Job | undefined> {
  const earlier = await books.read.findJobByIdempotencyKey(caller.accountId, key);
  if (!earlier) return undefined;
  if (earlier.requestHash !== requestHash) throw idempotencyMismatch(key);
  if (earlier.textsRemoved && !detached) throw resultRemoved(earlier);
  const live = jobs.find(earlier.id);
  return live && !detached ? await live.ended : (live?.job ?? earlier);
}

function resultRemoved({ id: jobId }: Job): DomainError {
  const message = `The task ${jobId} ended long ago, and its result was removed; use another Idempotency-Key for a new one`;
  return new DomainError('RESULT_REMOVED', message, { jobId });
}

async function accept(asked: SubmitJob, deps: JobIntakeDeps, isStreamed = false): Promise<LiveJob> {
  const { books, credits, dispatcher, keeper, events } = deps;
  const request = chooseModel(asked, deps.registry.index);
  const priced = priceJob(request, deps);
  const isAttached = isStreamed && request.signal !== undefined && !request.idempotency;
  const job: Job = isAttached ? { ...priced, demands: { ...priced.demands, attached: true } } : priced;
  const bundleCheck = deps.bundles.requireFor(request);
  if (bundleCheck) await bundleCheck;
  await credits.reserve(job.accountId, job.hold);
  const stream = isStreamed ? new JobStream(streamLimitsOf(job)) : undefined;
  const live = createLiveJob(job, { patient: request.detached, stream });
  try {
    // After every wait, and in one turn with `watch`, so that many at once cannot pass together.
    requireIdleKey(request, deps);
    requirePlace(live, deps, request.waitsForNode);
  } catch (error) {
    credits.forget(job.accountId, job.hold);
    throw error;
  }
  keeper.watch(live);
  events.emit({ type: 'job_accepted', job });
  if (mayRide(request, books)) dispatcher.place(live);
  else await openPlaced(live, deps);
  return live;
}

/**
 * Whether the hold need not be on disk before the node hears of the job: not where others write too, for an id that is
 * sent at once, for a key with a limit, or for a client that relies on being called back.
 */
function mayRide({ detached, caller, callbackUrl }: SubmitJob, { isSoleWriter }: Books): boolean {
  return isSoleWriter && !detached && !caller.limited && callbackUrl === undefined;
}

/** Hold and lease are on disk, together, before the node hears of the job. */
async function openPlaced(live: LiveJob, { settlement, dispatcher }: JobIntakeDeps): Promise<void> {
  try {
    await dispatcher.replace(live);
    // Without a node it waits, with its hold.
    await settlement.open(live);
  } catch (error) {
    live.reject(error);
    throw error;
  }
}

/** @throws {DomainError} TOO_MANY_RUNNING; and what the request's own rule throws */
function requireIdleKey({ caller, admit }: SubmitJob, deps: JobIntakeDeps): void {
  const { live, maxJobsPerKey, maxJobsPerAccount } = deps;
  admit?.();
  const limit = Math.min(caller.maxRunning ?? maxJobsPerKey, maxJobsPerKey);
  if (live.countOf(caller.keyId) >= limit) throw tooMany('key', limit);
  if (live.countOfAccount(caller.accountId) >= maxJobsPerAccount) throw tooMany('account', maxJobsPerAccount);
}

function tooMany(whose: 'key' | 'account', limit: number): DomainError {
  const message = `This ${whose} has ${limit} tasks under way, which is its limit; wait for one of them`;
  return new DomainError('TOO_MANY_RUNNING', message, { limit, retryAfterSeconds: BUSY_RETRY_SECONDS });
}

/** @throws {DomainError} NO_NODE_AVAILABLE, QUEUE_FULL */
function requirePlace(live: LiveJob, deps: JobIntakeDeps, waitsForNode = false): void {
  const { scheduler, line, live: jobs } = deps;
  const placement = placementOf(live);
  const { service } = placement;
  if (!waitsForNode && !scheduler.takesIn(placement)) {
    const unfit = scheduler.unfit(placement);
    const reasons = unfit.join('; ');
    // Who is full is there, and has room again.
    if (scheduler.isPossible(placement)) {
      const details = { service, waiting: line.countWaiting(service), retryAfterSeconds: BUSY_RETRY_SECONDS };
      throw new DomainError('QUEUE_FULL', `No node takes one more such task now: ${reasons}`, details);
    }
    throw new DomainError('NO_NODE_AVAILABLE', `No node available for this task: ${reasons}`, { service, unfit });
  }
  jobs.requireRoom(live);
  // A full line stops nobody who would not have to wait in it, such as for a model that is free, or for an offer.
  const mustWait = standsInLine(live.job) && line.isFull(service) && !scheduler.choose(placement).node;
  if (mustWait) line.requireRoom(service, scheduler.secondsEach(service));
}
