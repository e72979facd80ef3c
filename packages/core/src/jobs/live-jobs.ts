import { claimId } from '../books/draft.ts';
import { DomainError } from '../errors.ts';
import type { Job } from './job.ts';
import type { LiveJob } from './live-job.ts';
import { textSizeOf } from './text-size.ts';

/** Jobs of all clients that may run or wait at once. */
const MAX_OPEN_JOBS = 50_000;
/** Characters of what they were sent with: all of it is in memory, one to two bytes each. */
const MAX_OPEN_CHARACTERS = 256 * 1024 * 1024;
/** Told to a client whose job finds no room. */
const RETRY_SECONDS = 5;

/** How many jobs may be open at once, and how much text they may hold. */
export interface OpenJobLimits {
  readonly maxJobs?: number;
  readonly maxCharacters?: number;
}

/** What a job counts for while it is open, by names that others ask for. */
export type TalliesOf = (live: LiveJob) => readonly string[];
const NO_TALLIES: readonly string[] = [];

/** The jobs that have not ended, by id and by Idempotency-Key. */
export class LiveJobs {
  private readonly byId = new Map<string, LiveJob>();
  private readonly countByKey = new Map<string, number>();
  private readonly countByAccount = new Map<string, number>();
  private readonly tallies = new Map<string, number>();
  /** What each job was counted for, of those that were for something. */
  private readonly countedFor = new Map<LiveJob, readonly string[]>();
  private readonly talliesOf: TalliesOf;
  private readonly maxJobs: number;
  private readonly maxCharacters: number;
  private charactersHeld = 0;

  constructor(limits: OpenJobLimits = {}, talliesOf: TalliesOf = () => NO_TALLIES) {
    const { maxJobs = MAX_OPEN_JOBS, maxCharacters = MAX_OPEN_CHARACTERS } = limits;
    this.talliesOf = talliesOf;
    this.maxJobs = maxJobs;
    this.maxCharacters = maxCharacters;
  }

  get size(): number {
    return this.byId.size;
  }

  /** Characters of what the jobs were sent with. */
  get characters(): number {
    return this.charactersHeld;
  }

  /**
   * Asked before a new job is accepted.
   *
   * @throws {DomainError} QUEUE_FULL
   */
  requireRoom({ job }: LiveJob): void {
    const { size, maxJobs, maxCharacters } = this;
    const isFull = size >= maxJobs;
    if (!isFull && this.charactersHeld + textSizeOf(job) <= maxCharacters) return;
    const reason = isFull ? `${size} tasks are under way` : 'the tasks under way hold too much text';
    const message = `The coordinator is full: ${reason}; try again in ${RETRY_SECONDS} s`;
    const details = { service: job.service, waiting: size, retryAfterSeconds: RETRY_SECONDS };
    throw new DomainError('QUEUE_FULL', message, details);
  }

  find(jobId: string): LiveJob | undefined {
    return this.byId.get(jobId);
  }

  list(): Iterable<LiveJob> {
    return this.byId.values();
  }

  add(live: LiveJob): void {
    this.byId.set(live.job.id, live);
    this.charactersHeld += textSizeOf(live.job);
    this.count(live, 1);
    this.recount(live);
  }

  /** Makes of a job one that counts for others, such as another key. */
  change(live: LiveJob, job: Job): void {
    const isOpen = this.byId.has(live.job.id);
    if (isOpen) this.count(live, -1);
    live.job = job;
    if (isOpen) this.count(live, 1);
    this.recount(live);
  }

  remove(live: LiveJob): void {
    if (!this.byId.delete(live.job.id)) return;
    this.charactersHeld -= textSizeOf(live.job);
    this.count(live, -1);
    this.recount(live);
  }

  /** Counts a job for what it is for now: it was leased, has left its node, or ends. */
  recount(live: LiveJob): void {
    const before = this.countedFor.get(live) ?? NO_TALLIES;
    const names = this.byId.has(live.job.id) ? this.talliesOf(live) : NO_TALLIES;
    if (before.length + names.length === 0) return;
    for (const name of before) add(this.tallies, name, -1);
    for (const name of names) add(this.tallies, name, 1);
    if (names.length > 0) this.countedFor.set(live, names);
    else this.countedFor.delete(live);
  }

  /** Jobs of one key. */
  countOf(keyId: string): number {
    return this.countByKey.get(keyId) ?? 0;
  }

  /** Jobs of all keys of one account. */
  countOfAccount(accountId: string): number {
    return this.countByAccount.get(accountId) ?? 0;
  }

  /** Jobs that count for a name. */
  tallyOf(name: string): number {
    return this.tallies.get(name) ?? 0;
  }

  private count({ job }: LiveJob, change: 1 | -1): void {
    add(this.countByAccount, job.accountId, change);
    if (job.keyId !== undefined) add(this.countByKey, job.keyId, change);
  }
}

function add(counts: Map<string, number>, name: string, change: 1 | -1): void {
  const count = (counts.get(name) ?? 0) + change;
  if (count > 0) counts.set(name, count);
  else counts.delete(name);
}

/**
 * Answers that are being made for an Idempotency-Key, so that a duplicate that arrives meanwhile waits for the
 * same one. A claim is gone once its answer is made: from then on the books know it.
 */
export class Claims<T> {
  private readonly pending = new Map<string, { readonly requestHash: string; readonly answer: Promise<T> }>();

  find(accountId: string, key: string): { readonly requestHash: string; readonly answer: Promise<T> } | undefined {
    return this.pending.get(claimId(accountId, key));
  }

  async hold(accountId: string, claim: { key: string; requestHash: string }, make: () => Promise<T>): Promise<T> {
    const id = claimId(accountId, claim.key);
    const answer = make();
    this.pending.set(id, { requestHash: claim.requestHash, answer });
    try {
      return await answer;
    } finally {
      this.pending.delete(id);
    }
  }
}
