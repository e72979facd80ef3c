/** A node's part in a chain: it answers the subscriptions that its containers serve. */
import type { ChainOffer, InfernetSite, SignedSubscription } from '@plexus/protocol';
import { RunError, type Runner, type RunRequest } from '@plexus/runners';
import { Check } from 'typebox/value';
import type { ChainClient } from './chain-client.ts';
import { intervalAt, isCancelled } from './intervals.ts';
import { problemWords } from './problem-words.ts';
import { openSubscriptionBook, SignedSchema, type SubscriptionBook } from './subscription-book.ts';
import type { RunJob } from './answering.ts';

/** How often the chain is looked at, where the operator says nothing else. */
const POLL_MS = 3000;

export interface ChainConfig {
  readonly rpcUrl: string;
  readonly registryAddress: `0x${string}`;
  readonly privateKey: `0x${string}`;
  readonly maxGas?: number;
  readonly pollMs?: number;
}

export interface NodeChain {
  /** What the coordinator is told of it; nothing where it has not been reached yet. */
  offer(): ChainOffer | undefined;
  /** The runner, whose answers to signed subscriptions are brought to the chain too. */
  delivering(runner: Runner): Runner;
  /**
   * Begins to answer what is on the chain.
   *
   * @param onChange called when there is something else to tell the coordinator
   */
  start(run: RunJob, onChange: () => void): void;
  close(): Promise<void>;
}

export interface ChainParts {
  readonly site: Pick<InfernetSite, 'containers'>;
  /** Where signed subscriptions are kept, which are answered again and again. */
  readonly home: string;
}

type Log = (problem: unknown, text: string) => void;

/**
 * @throws {ChainUnreachable}
 * @throws when the key is none, the chain has no such registry, or the kept subscriptions cannot be read
 */
export async function openNodeChain(config: ChainConfig, { site, home }: ChainParts, log: Log): Promise<NodeChain> {
  // A large library, which most nodes never need.
  const [{ openChain }, { watchChain }, { deliveryOf }] = await Promise.all([
    import('./chain-client.ts'),
    import('./watcher.ts'),
    import('./contract.ts'),
  ]);
  const client = await openChain(config);
  const book = await openSubscriptionBook(home, client, log);
  const closing = new AbortController();
  let pending = 0;
  let watching: Promise<void> = Promise.resolve();
  return {
    offer: () => ({ chain_id: client.chainId, address: client.address, pending }),

    delivering: (runner) => ({
      ...runner,
      async run(request, context) {
        const { chain } = request.params;
        if (!Check(SignedSchema, chain)) return await runner.run(request, context);
        requireAllowed(chain, request.params['containers'], site);
        await requireDue(client, chain);
        requireRoom(book, chain, request);
        const result = await runner.run(request, context);
        const { hash, interval } = await bring(client, chain, deliveryOf(lastOf(result.output)));
        await keep(client, book, { chain, request, interval }, log);
        return { ...result, metadata: { ...result.metadata, transaction: hash } };
      },
    }),

    start(run, onChange) {
      watching = watchChain({
        client,
        site,
        book,
        run,
        log,
        pollMs: config.pollMs ?? POLL_MS,
        signal: closing.signal,
        onPending(count) {
          pending = count;
          onChange();
        },
      });
    },

    async close() {
      closing.abort(new Error('The node is stopping'));
      await watching;
    },
  };
}

/** Others than Infernet's clients may name a subscription, too. */
function requireAllowed(
  { subscription: { owner } }: SignedSubscription,
  containers: unknown,
  site: Pick<InfernetSite, 'containers'>,
): void {
  const ids = Array.isArray(containers) ? containers.map(String) : [];
  const offers = site.containers.filter(({ id, allowed_addresses: allowed }) => ids.includes(id) && allowed);
  const isOwner = (one: string) => one.toLowerCase() === owner.toLowerCase();
  const barred = offers.find(({ allowed_addresses: allowed = [] }) => !allowed.some(isOwner));
  if (barred) throw new RunError('INVALID_INPUT', `${barred.id}: It is not allowed for ${owner}`);
}

/** @throws {RunError} INVALID_INPUT before the containers have worked for nothing */
async function requireDue(client: ChainClient, signed: SignedSubscription): Promise<void> {
  const { number, time } = await client.head();
  const { active_at: activeAt, frequency, period } = signed.subscription;
  const interval = intervalAt({ activeAt, period }, time);
  if (interval === 0) throw new RunError('INVALID_INPUT', 'The subscription is not active yet');
  if (interval > frequency) throw new RunError('INVALID_INPUT', 'The subscription has ended');
  const id = await client.signedId(signed);
  if (id > 0 && isCancelled(await client.subscription(id, number), { activeAt }))
    throw new RunError('INVALID_INPUT', 'The subscription was cancelled');
  const isAnswered = id > 0 && (await client.isAnswered(id, interval));
  if (isAnswered) throw new RunError('INVALID_INPUT', 'The node has brought its answer to the chain already');
}

/** @throws {RunError} INVALID_INPUT */
function requireRoom(book: SubscriptionBook, signed: SignedSubscription, { content }: RunRequest): void {
  if (book.hasRoomFor(signed, content)) return;
  throw new RunError('INVALID_INPUT', 'The node keeps as many subscriptions as it can');
}

/** Reads the chain's clock: its contract looks at no other. */
async function intervalNow(client: ChainClient, { subscription }: SignedSubscription): Promise<number> {
  const { time } = await client.head();
  const { active_at: activeAt, period } = subscription;
  return intervalAt({ activeAt, period }, time);
}

async function bring(
  client: ChainClient,
  signed: SignedSubscription,
  delivery: Parameters<ChainClient['deliverSigned']>[2],
) {
  try {
    const interval = await intervalNow(client, signed);
    return { interval, hash: await client.deliverSigned(signed, interval, delivery) };
  } catch (cause) {
    throw new RunError('PROGRAM_FAILED', `The chain did not take the answer: ${problemWords(cause)}`, { cause });
  }
}

interface Answered {
  readonly chain: SignedSubscription;
  readonly request: RunRequest;
  readonly interval: number;
}

/** The answer is on the chain, and the job is done, whether or not the next ones can be. */
async function keep(
  client: ChainClient,
  book: SubscriptionBook,
  { chain: signed, request, interval: done }: Answered,
  log: Log,
): Promise<void> {
  try {
    const { content: data, params } = request;
    const containers = Array.isArray(params['containers']) ? params['containers'].map(String) : [];
    const id = await client.signedId(signed);
    if (id > 0 && !book.has(id)) book.keep({ id, signed, containers, data, done });
    else book.finish(id, done);
  } catch (error) {
    log(error, 'A signed subscription cannot be kept: its next intervals are not answered');
  }
}

function lastOf(output: string): unknown {
  const steps = JSON.parse(output) as readonly { readonly output: unknown }[];
  return steps.at(-1)?.output;
}
