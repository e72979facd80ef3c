import { setTimeout as sleep } from 'node:timers/promises';
import type { InfernetSite } from '@plexus/protocol';
import type { Hex } from 'viem';
import { MAX_TRIES, type RunJob } from './answering.ts';
import type { ChainClient, ChainSubscription } from './chain-client.ts';
import { type Delivery, deliveryOf } from './contract.ts';
import { dueAt, isCancelled, isOver, type Times } from './intervals.ts';
import { createLookup } from './lookup.ts';
import { createSeenBlocks, type SeenBlocks } from './seen-blocks.ts';
import { createSignedWatch } from './signed-watch.ts';
import type { SubscriptionBook } from './subscription-book.ts';
import { createUnderWay } from './under-way.ts';

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
  /** An answer that is on its way to the chain: containers make no other one for its interval. */
  made?: Made;
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
  await watch.ended();
}

interface Made {
  readonly interval: number;
  readonly delivery: Delivery;
  /** Of the transaction, once it is sent: another one would be reverted when the first is in a block, and cost its gas. */
  hash?: Hex;
}

class Watch {
  readonly #options: WatcherOptions;
  readonly #lookup: ReturnType<typeof createLookup>;
  readonly #tracked = new Map<number, Tracked>();
  readonly #seen: SeenBlocks;
  /** A container that is slow holds up its own subscription, and no other one. */
  readonly #underWay = createUnderWay(MAX_AT_ONCE);
  readonly #signed: ReturnType<typeof createSignedWatch>;
  #lastId = 0;
  #pending = -1;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#lookup = createLookup(options.site.containers);
    this.#seen = createSeenBlocks(options.client);
    this.#signed = createSignedWatch({ ...options, underWay: this.#underWay });
  }

  async look(): Promise<void> {
    await this.#rollBack();
    const { lastId, time, number, hash } = await this.#options.client.head();
    await this.#read(lastId, number);
    const agreed = await this.#seen.note({ number, hash, time, lastId: Math.min(lastId, this.#lastId) });
    this.#tell();
    for (const [one, interval] of this.#due({ time, agreed }).slice(0, this.#underWay.room())) {
      this.#underWay.begin(one.subscription.id, () => this.#answer(one, interval, number));
    }
    this.#signed.look({ time, agreed, number });
  }

  async ended(): Promise<void> {
    await this.#underWay.ended();
  }

  /** What was read of blocks that the chain has given up is read again: its ids may be those of others now. */
  async #rollBack(): Promise<void> {
    const lastId = await this.#seen.standing();
    if (lastId >= this.#lastId) return;
    this.#lastId = lastId;
    for (const id of this.#tracked.keys()) if (id > lastId) this.#tracked.delete(id);
  }

  /** Those whose answer is due, and which; whatever can have none any more is forgotten. */
  #due(times: Times): readonly (readonly [Tracked, number])[] {
    const due: (readonly [Tracked, number])[] = [];
    for (const [id, one] of this.#tracked) {
      if (isOver(one.subscription, times) || this.#options.book.has(id)) this.#tracked.delete(id);
      const interval = dueAt(one.subscription, times);
      if (interval > one.done && this.#isTracked(one) && !this.#underWay.has(id)) due.push([one, interval]);
    }
    return due;
  }

  /** Reads what is new. */
  async #read(lastId: number, at: bigint): Promise<void> {
    const { client } = this.#options;
    const until = Math.min(lastId, this.#lastId + MAX_READ);
    while (this.#lastId < until && this.#tracked.size < MAX_TRACKED) {
      const subscription = await client.subscription(this.#lastId + 1, at);
      this.#lastId += 1;
      const containers = this.#lookup.get(subscription.containerId);
      const isServed = containers !== undefined && subscription.frequency > 0;
      if (isServed && !(await this.#isKept(subscription.id)))
        this.#tracked.set(subscription.id, { subscription, containers, done: 0, tries: 0 });
    }
  }

  /** Whether an id is that of a kept one. A chain that has begun anew may have given it to another. */
  async #isKept(id: number): Promise<boolean> {
    const { client, book } = this.#options;
    const kept = book.find(id);
    if (!kept) return false;
    if ((await client.signedId(kept.signed)) === id) return true;
    book.forget(id);
    return false;
  }

  async #answer(tracked: Tracked, interval: number, at: bigint): Promise<void> {
    const { client, log, signal } = this.#options;
    const { subscription } = tracked;
    try {
      if (isCancelled(await client.subscription(subscription.id, at), subscription))
        return this.#finish(tracked, subscription.frequency);
      if (await this.#isDone(subscription, interval)) return this.#finish(tracked, interval);
      const made = await this.#make(tracked, interval);
      if (!this.#isTracked(tracked)) return;
      made.hash ??= await client.send(subscription.id, interval, made.delivery);
      await client.confirm(made.hash, signal);
      this.#finish(tracked, interval);
    } catch (error) {
      log(error, `Subscription ${subscription.id} was not answered`);
      tracked.tries += 1;
      if (tracked.tries >= MAX_TRIES) this.#finish(tracked, interval);
    }
  }

  /** Has the containers work, where they have not for this interval. */
  async #make(tracked: Tracked, interval: number): Promise<Made> {
    if (tracked.made?.interval === interval) return tracked.made;
    const { client, run, signal } = this.#options;
    const { subscription, containers } = tracked;
    const input = await client.inputs(subscription, interval);
    const answer = await run({ containers, owner: subscription.owner, input, signal });
    return (tracked.made = { interval, delivery: deliveryOf(answer) });
  }

  async #isDone({ id, redundancy }: ChainSubscription, interval: number): Promise<boolean> {
    const { client } = this.#options;
    return (await client.isAnswered(id, interval)) || (await client.isFull(id, interval, redundancy));
  }

  #finish(tracked: Tracked, interval: number): void {
    tracked.done = interval;
    tracked.tries = 0;
    delete tracked.made;
    const isLast = interval >= tracked.subscription.frequency;
    if (isLast && this.#isTracked(tracked)) this.#tracked.delete(tracked.subscription.id);
    this.#tell();
  }

  /** Whether it still is what its id stands for. */
  #isTracked(tracked: Tracked): boolean {
    return this.#tracked.get(tracked.subscription.id) === tracked;
  }

  #tell(): void {
    const count = this.#tracked.size + this.#options.book.list().length;
    if (this.#pending === count) return;
    this.#pending = count;
    this.#options.onPending(this.#pending);
  }
}
