import { setTimeout as sleep } from 'node:timers/promises';
import type { InfernetSite } from '@plexus/protocol';
import type { Hex } from 'viem';
import type { ChainClient, ChainSubscription } from './chain-client.ts';
import { deliveryOf } from './contract.ts';
import { createLookup } from './lookup.ts';

/** Subscriptions that are kept in mind, and read in one look. */
const MAX_TRACKED = 10_000;
const MAX_READ = 500;
/** Answers of one look that are made at once. */
const MAX_AT_ONCE = 16;
/** An answer that failed is tried again as often. */
const MAX_TRIES = 3;

/** Runs containers for a subscription and gives what the last one answered. */
export type RunJob = (job: {
  readonly containers: readonly string[];
  readonly owner: string;
  readonly input: Hex;
  readonly signal: AbortSignal;
}) => Promise<unknown>;

export interface WatcherOptions {
  readonly client: ChainClient;
  readonly site: Pick<InfernetSite, 'containers'>;
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
  #lastId = 0;
  #pending = -1;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#lookup = createLookup(options.site.containers);
  }

  async look(): Promise<void> {
    const { lastId, time } = await this.#options.client.head();
    await this.#read(lastId);
    this.#tell();
    const due = [...this.#tracked.values()].filter((one) => intervalAt(one.subscription, time) > one.done);
    await Promise.all(due.slice(0, MAX_AT_ONCE).map((one) => this.#answer(one, intervalAt(one.subscription, time))));
    this.#tell();
  }

  /** Reads what is new. */
  async #read(lastId: number): Promise<void> {
    const { client } = this.#options;
    const until = Math.min(lastId, this.#lastId + MAX_READ);
    while (this.#lastId < until && this.#tracked.size < MAX_TRACKED) {
      const subscription = await client.subscription(this.#lastId + 1);
      this.#lastId += 1;
      const containers = this.#lookup.get(subscription.containerId);
      const isServed = containers !== undefined && subscription.frequency > 0;
      if (isServed) this.#tracked.set(subscription.id, { subscription, containers, done: 0, tries: 0 });
    }
  }

  async #answer(tracked: Tracked, interval: number): Promise<void> {
    const { client, run, log, signal } = this.#options;
    const { subscription, containers } = tracked;
    try {
      if (await client.isAnswered(subscription.id, interval)) return this.#finish(tracked, interval);
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

  #finish(tracked: Tracked, interval: number): void {
    tracked.done = interval;
    tracked.tries = 0;
    if (interval >= tracked.subscription.frequency) this.#tracked.delete(tracked.subscription.id);
  }

  #tell(): void {
    if (this.#pending === this.#tracked.size) return;
    this.#pending = this.#tracked.size;
    this.#options.onPending(this.#pending);
  }
}

/** Which answer is due at a time: the first from `activeAt` on, another after every period; 0 before. */
function intervalAt({ activeAt, period, frequency }: ChainSubscription, time: number): number {
  if (time < activeAt) return 0;
  return Math.min(frequency, period === 0 ? 1 : Math.floor((time - activeAt) / period) + 1);
}
