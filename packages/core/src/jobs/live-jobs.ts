import { claimId } from '../books/draft.ts';
import type { LiveJob } from './live-job.ts';

/** The jobs that have not ended, by id and by Idempotency-Key. */
export class LiveJobs {
  private readonly byId = new Map<string, LiveJob>();

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
  }

  remove(live: LiveJob): void {
    this.byId.delete(live.job.id);
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
