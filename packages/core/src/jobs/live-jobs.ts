import { claimId } from '../books/draft.ts';
import type { LiveJob } from './live-job.ts';

/** The jobs that have not ended, by id and by Idempotency-Key. */
export class LiveJobs {
  private readonly byId = new Map<string, LiveJob>();
  private readonly countByKey = new Map<string, number>();

  get size(): number {
    return this.byId.size;
  }

  find(jobId: string): LiveJob | undefined {
    return this.byId.get(jobId);
  }

  list(): Iterable<LiveJob> {
    return this.byId.values();
  }

  add(live: LiveJob): void {
    this.byId.set(live.job.id, live);
    this.count(live, 1);
  }

  remove(live: LiveJob): void {
    if (this.byId.delete(live.job.id)) this.count(live, -1);
  }

  /** Jobs of one key. */
  countOf(keyId: string): number {
    return this.countByKey.get(keyId) ?? 0;
  }

  private count({ job: { keyId } }: LiveJob, change: 1 | -1): void {
    if (keyId === undefined) return;
    const count = this.countOf(keyId) + change;
    if (count > 0) this.countByKey.set(keyId, count);
    else this.countByKey.delete(keyId);
  }
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
