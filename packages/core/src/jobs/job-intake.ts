import type { Idempotency } from '../accounts/account-service.ts';
import { idempotencyMismatch } from '../books/account-rules.ts';
import type { Books } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import type { EventBus } from '../events/events.ts';
import type { CreditView } from '../ledger/credit-view.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';
import { type AdmissionDeps, priceJob } from './admission.ts';
import { type Dispatcher, placementOf } from './dispatcher.ts';
import type { Job } from './job.ts';
import type { JobKeeper } from './job-keeper.ts';
import type { SubmitJob } from './job-service.ts';
import { createLiveJob, type LiveJob } from './live-job.ts';
import { Claims, type LiveJobs } from './live-jobs.ts';
import type { Settlement } from './settlement.ts';
import type { WaitingLine } from './waiting-line.ts';

export interface JobIntakeDeps extends AdmissionDeps {
  readonly books: Books;
  readonly credits: CreditView;
  readonly scheduler: Scheduler;
  readonly dispatcher: Dispatcher;
  readonly settlement: Settlement;
  readonly keeper: JobKeeper;
  readonly live: LiveJobs;
  readonly line: WaitingLine;
  readonly events: EventBus;
}

/** Takes a job in, once for each Idempotency-Key. */
export type JobIntake = (request: SubmitJob) => Promise<Job>;

export function createJobIntake(deps: JobIntakeDeps): JobIntake {
  const claims = new Claims<Job>();
  return async (request) => {
    const { idempotency } = request;
    if (!idempotency) return await accept(request, deps);
    const pending = claims.find(request.caller.accountId, idempotency.key);
    if (pending && pending.requestHash !== idempotency.requestHash) throw idempotencyMismatch(idempotency.key);
    if (pending) return await pending.answer;
    const answer = async () => (await replay(request, idempotency, deps)) ?? (await accept(request, deps));
    return await claims.hold(request.caller.accountId, idempotency, answer);
  };
}

async function replay(
  { caller, detached }: SubmitJob,
  { key, requestHash }: Idempotency,
  { books, live: jobs }: JobIntakeDeps,
): Promise<Job | undefined> {
  const earlier = await books.read.findJobByIdempotencyKey(caller.accountId, key);
  if (!earlier) return undefined;
  if (earlier.requestHash !== requestHash) throw idempotencyMismatch(key);
  const live = jobs.find(earlier.id);
  return live && !detached ? await live.ended : (live?.job ?? earlier);
}

async function accept(request: SubmitJob, deps: JobIntakeDeps): Promise<Job> {
  const { credits, dispatcher, keeper, events } = deps;
  const job = priceJob(request, deps);
  await credits.reserve(job.accountId, job.hold);
  const live = createLiveJob(job, { patient: request.detached });
  try {
    requirePlace(live, deps);
  } catch (error) {
    credits.forget(job.accountId, job.hold);
    throw error;
  }
  keeper.watch(live);
  events.emit({ type: 'job_accepted', job });
  if (request.detached || request.caller.limited) await openFirst(live, deps);
  else dispatcher.place(live);
  return request.detached ? live.job : await live.ended;
}

/** The hold is on disk before anything else happens: for an id that is sent at once, or a key with a limit. */
async function openFirst(live: LiveJob, { settlement, dispatcher }: JobIntakeDeps): Promise<void> {
  try {
    await settlement.open(live);
  } catch (error) {
    live.reject(error);
    throw error;
  }
  if (!live.ending) await dispatcher.replace(live);
}

/** @throws {DomainError} NO_NODE_AVAILABLE, QUEUE_FULL */
function requirePlace(live: LiveJob, { scheduler, line }: JobIntakeDeps): void {
  const placement = placementOf(live);
  if (!scheduler.isPossible(placement)) {
    const unfit = scheduler.unfit(placement);
    const message = `No node available for this task: ${unfit.join('; ')}`;
    throw new DomainError('NO_NODE_AVAILABLE', message, { service: placement.service, unfit });
  }
  if (!scheduler.hasRoom(placement.service)) line.requireRoom(placement.service);
}
