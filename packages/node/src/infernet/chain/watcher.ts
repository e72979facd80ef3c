import { setTimeout as sleep } from 'node:timers/promises';
import type { InfernetSite } from '@plexus/protocol';
import { MAX_TRIES, type RunJob } from './answering.ts';
import type { ChainClient, ChainSubscription } from './chain-client.ts';
import { deliveryOf } from './contract.ts';
import { intervalAt } from './intervals.ts';
import { createLookup } from './lookup.ts';
import { createSignedWatch } from './signed-watch.ts';
import type { SubscriptionBook } from './subscription-book.ts';

/** Subscriptions that are kept in mind, and read in one look. */
const MAX_TRACKED = 10_000;
const MAX_READ = 500;
/** Answers of one look that are made at once. */
const MAX_AT_ONCE = 16;

export interface WatcherOptions {
  readonly client: ChainClient;
  readonly site: Pick<InfernetSite, 'containers'>;
  /** Signed ones, whose data the chain has not. */
  readonly book: SubscriptionBook;
  readonly run: RunJob;
  readonly pollMs: number;
  readonly signal: AbortSignal;
  /** How many subscriptions there are whose answers are due or to come. */
  readonly onPending: (count: number) => void;
  readonly log: (problem: unknown, text: string) => void;
}

interface Tracked {
  readonly subscription: ChainSubscription;
  readonly containers: readonly string[];
  /** The newest interval that was answered, or given up. */
  done: number;
  tries: number;
}

/** Looks at the chain again and again until the signal ends it, and answers the subscriptions that are due. */
export async function watchChain(options: WatcherOptions): Promise<void> {
  const { pollMs, signal, log } = options;
  const watch = new Watch(options);
  while (!signal.aborted) {
    try {
      await watch.look();
    } catch (error) {
      log(error, 'The chain could not be looked at');
    }
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

class Watch {
  readonly #options: WatcherOptions;
  readonly #lookup: ReturnType<typeof createLookup>;
  readonly #tracked = new Map<number, Tracked>();
  readonly #signed: ReturnType<typeof createSignedWatch>;
  #lastId = 0;
  #pending = -1;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#lookup = createLookup(options.site.containers);
    this.#signed = createSignedWatch(options);
  }

  async look(): Promise<void> {
    const { lastId, time } = await this.#options.client.head();
    await this.#read(lastId);
    this.#tell();
    const due = this.#due(time).slice(0, MAX_AT_ONCE);
    await Promise.all(due.map(([one, interval]) => this.#answer(one, interval)));
    await this.#signed.look(time, MAX_AT_ONCE);
    this.#tell();
  }

  /** Those whose answer is due, and which; whatever can have none any more is forgotten. */
  #due(time: number): readonly (readonly [Tracked, number])[] {
    const due: (readonly [Tracked, number])[] = [];
    for (const [id, one] of this.#tracked) {
      const interval = intervalAt(one.subscription, time);
      if (interval > one.subscription.frequency || this.#options.book.has(id)) this.#tracked.delete(id);
      else if (interval > one.done) due.push([one, interval]);
    }
    return due;
  }

  /** Reads what is new. */
  async #read(lastId: number): Promise<void> {
    const { client, book } = this.#options;
    const until = Math.min(lastId, this.#lastId + MAX_READ);
    while (this.#lastId < until && this.#tracked.size < MAX_TRACKED) {
      const subscription = await client.subscription(this.#lastId + 1);
      this.#lastId += 1;
      const containers = this.#lookup.get(subscription.containerId);
      const isServed = containers !== undefined && subscription.frequency > 0 && !book.has(subscription.id);
      if (isServed) this.#tracked.set(subscription.id, { subscription, containers, done: 0, tries: 0 });
    }
  }

  async #answer(tracked: Tracked, interval: number): Promise<void> {
    const { client, run, log, signal } = this.#options;
    const { subscription, containers } = tracked;
    try {
      if (await this.#isDone(subscription, interval)) return this.#finish(tracked, interval);
      const input = await client.inputs(subscription, interval);
      const answer = await run({ containers, owner: subscription.owner, input, signal });
      await client.deliver(subscription.id, interval, deliveryOf(answer));
      this.#finish(tracked, interval);
    } catch (error) {
      log(error, `Subscription ${subscription.id} was not answered`);
      tracked.tries += 1;
      if (tracked.tries >= MAX_TRIES) this.#finish(tracked, interval);
    }
  }

  async #isDone({ id, redundancy }: ChainSubscription, interval: number): Promise<boolean> {
    const { client } = this.#options;
    return (await client.isAnswered(id, interval)) || (await client.isFull(id, interval, redundancy));
  }

  #finish(tracked: Tracked, interval: number): void {
    tracked.done = interval;
    tracked.tries = 0;
    if (interval >= tracked.subscription.frequency) this.#tracked.delete(tracked.subscription.id);
  }

  #tell(): void {
    const count = this.#tracked.size + this.#options.book.list().length;
    if (this.#pending === count) return;
    this.#pending = count;
    this.#options.onPending(this.#pending);
  }
}
