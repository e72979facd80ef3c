/** A client with one call to make, who does not give up at the first refusal. */
import { type Answer, type Call as HttpCall, call } from '../http.ts';
import type { Random } from '../random.ts';
import { sleep } from '../wait.ts';
import type { Customer, Tally } from './tally.ts';

/** A caller who still has no answer after this long has been forgotten. */
const GIVE_UP_MS = 100_000;
const RETRY_MS = { from: 40, to: 160 };

/** Answers after which the same request may be sent again: nothing was done for it. */
const TRANSIENT: ReadonlySet<number> = new Set([404, 408, 429, 500, 503]);

/** How a call ended for its caller: with what was asked for, or with the word that it failed. */
export type Outcome = 'served' | 'failed';

/** One call, from the moment its caller wants it to the moment he has his answer. */
export interface Call {
  readonly kind: string;
  readonly startedAt: number;
  /** When it was last sent. */
  sentAt: number;
  /** Jobs that were made for it, as far as the caller was told. */
  readonly jobs: Set<string>;
  endedAt?: number;
  outcome?: Outcome;
}

export interface CallerOptions {
  readonly call: Call;
  readonly customer: Customer;
  readonly url: string;
  readonly tally: Tally;
  readonly random: Random;
  /** Ends when there is nothing more to wait for. */
  readonly signal: AbortSignal;
}

export class Caller {
  readonly customer: Customer;
  readonly tally: Tally;
  readonly random: Random;
  readonly url: string;
  private readonly call: Call;
  private readonly signal: AbortSignal;

  constructor({ call: one, customer, url, tally, random, signal }: CallerOptions) {
    this.call = one;
    this.customer = customer;
    this.url = url;
    this.tally = tally;
    this.random = random;
    this.signal = signal;
  }

  /** A request goes out now, for the first time or again. */
  sending(): void {
    this.call.sentAt = performance.now();
  }

  /** A job was made for this call, and its id is known, but nothing is promised yet: a stream's is told with its first piece. */
  made(jobId: string): void {
    this.call.jobs.add(jobId);
  }

  /** A job was promised: it must not be lost from now on. */
  learned(jobId: string): void {
    this.made(jobId);
    this.tally.acknowledged(jobId, this.customer);
  }

  /** A fresh Idempotency-Key. */
  newKey(): Readonly<Record<string, string>> {
    return {
      'idempotency-key': `chaos-${Array.from({ length: 4 }, () => this.random.below(2 ** 30).toString(36)).join('-')}`,
    };
  }

  /** Sends what may be sent twice until there is an answer that says something about the request itself. */
  async insist(path: string, options: HttpCall): Promise<Answer> {
    for (;;) {
      this.sending();
      try {
        const answer = await call(this.url + path, { key: this.customer.key, ...options });
        if (!TRANSIENT.has(answer.status)) return answer;
      } catch {
        // The connection broke, or no answer came in time: it is asked again.
      }
      await this.pause();
    }
  }

  /** @throws {Error} when the caller has waited for too long, or there is nothing more to wait for */
  async pause(): Promise<void> {
    this.signal.throwIfAborted();
    const waitedMs = performance.now() - this.call.startedAt;
    if (waitedMs > GIVE_UP_MS) throw new Error(`had no answer after ${Math.round(waitedMs / 1000)} s`);
    await sleep(this.random.between(RETRY_MS.from, RETRY_MS.to));
  }
}

/** A kind of request that clients make. */
export interface CallKind {
  readonly name: string;
  /** Clients that make such requests at the same time. */
  readonly lanes: number;
  run(caller: Caller): Promise<Outcome>;
}
