import type { Idempotency } from '../accounts/account-service.ts';
import type { Caller } from '../accounts/caller.ts';
import type { JobFilter, JobPage, OffsetPage, PageRequest } from '../books/books.ts';
import type { Demands, Job, JobState, Priority, ResourceDemand } from './job.ts';

/** What a client asks of where its job runs. Source: contract/openai.md and OpenRouter's `provider`. */
export interface Routing extends Pick<Demands, 'order' | 'only' | 'ignore' | 'sort'> {
  /** Micro-credits of one unit at most. */
  readonly maxUnitPrice?: bigint;
}

/** What a client asks for. */
export interface SubmitJob {
  readonly caller: Caller;
  readonly service: string;
  readonly content: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Micro-credits the client is willing to spend. */
  readonly maxCost?: bigint;
  readonly idempotency?: Idempotency;
  /** Models of which the first that a connected node serves is taken; stands in for `params.model`. */
  readonly models?: readonly string[];
  /** What the node's engine must be able to do, for example `json_schema`. */
  readonly features?: readonly string[];
  readonly routing?: Routing;
  /** By default `normal`. */
  readonly priority?: Priority;
  /** What the client calls it. */
  readonly name?: string;
  readonly resources?: ResourceDemand;
  /** Seconds that a node's turn may take; by default only the deadline ends it. */
  readonly turnSeconds?: number;
  /** True takes the job in although no connected node could do it now: it waits for one that can. */
  readonly waitsForNode?: boolean;
  /** True lets no node have it until it is given to an offer, whose price then takes the place of the service's. */
  readonly byOffer?: boolean;
  /** Micro-credits of a unit that its one node has named, in the place of the service's price. */
  readonly agreedPrice?: bigint;
  /** True lets its parameters say that it comes from a chain, or goes to one: of Infernet's API, which has checked who asks. */
  readonly mayNameChain?: true;
  /** True sets all of `maxCost` aside, not only what the job may cost at most. */
  readonly holdsMaximum?: boolean;
  /** True wants a signature for this receipt alone, as plain Ed25519: for clients that know no batches of receipts. */
  readonly signedAlone?: true;
  /** Where the client is told that the job has ended. */
  readonly callbackUrl?: string;
  /** Seconds until the job's deadline; by default the service's own. */
  readonly timeoutSeconds?: number;
  /** Ends when nobody waits any more: a job without an Idempotency-Key is then cancelled. */
  readonly signal?: AbortSignal;
  /** Asked in the very turn in which the job is taken in, so that many at once cannot pass together; throws to refuse it. */
  readonly admit?: () => void;
  /** True answers as soon as the job is on disk; false once the job has ended and that is on disk. */
  readonly detached: boolean;
}

/** What is known of a job's future. */
export interface Outlook {
  /** When it is likely to end, by measured run times, or has ended; absent where nothing was measured. */
  readonly endsAt?: Date;
  /** Why no connected node can take it, where it waits for one. */
  readonly unfit: readonly string[];
}

/** Tasks of clients, from submission to their end. */
export interface JobService {
  /**
   * Submits a job. A repeated Idempotency-Key joins or replays the first one.
   *
   * @returns the job: ended, or as it was accepted when `detached`
   * @throws {DomainError} INVALID_INPUT, COST_EXCEEDS_MAXIMUM, INSUFFICIENT_BALANCE, SPEND_LIMIT_EXCEEDED,
   *   MODEL_NOT_FOUND, NO_NODE_AVAILABLE, QUEUE_FULL, TOO_MANY_RUNNING, IDEMPOTENCY_MISMATCH, RESULT_REMOVED, SHUTTING_DOWN
   */
  submit(request: SubmitJob): Promise<Job>;
  /** @throws {DomainError} JOB_NOT_FOUND, also for somebody else's job */
  get(caller: Caller, jobId: string): Promise<Job>;
  /** Waits for a job's end, but at most `waitMs`; answers it as it then is. */
  wait(caller: Caller, jobId: string, waitMs: number): Promise<Job>;
  /** Newest first. */
  list(
    caller: Caller,
    filter: { readonly state?: JobState; readonly everybody: boolean },
    page: PageRequest,
  ): Promise<readonly Job[]>;
  /** The caller's own, newest first. */
  page(caller: Caller, filter: JobFilter, page: OffsetPage): Promise<JobPage>;
  /**
   * Ids of the caller's own jobs of one service, newest first.
   *
   * @param filter.since when those that have ended were made; the others are listed however old they are
   */
  listIds(
    caller: Caller,
    filter: { readonly service: string; readonly states: readonly JobState[]; readonly since: Date },
    limit: number,
  ): Promise<readonly string[]>;
  /** What is to be expected of a job. */
  outlook(job: Job): Outlook;
  /** @throws {DomainError} JOB_NOT_FOUND, JOB_ALREADY_ENDED */
  cancel(caller: Caller, jobId: string): Promise<Job>;
  /**
   * Rates the node of a completed job.
   *
   * @param rating 1 to 5
   * @returns the node that was rated
   * @throws {DomainError} JOB_NOT_FOUND, INVALID_INPUT
   */
  rate(caller: Caller, jobId: string, rating: number): Promise<string>;
}
