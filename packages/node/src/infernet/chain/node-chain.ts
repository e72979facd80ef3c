/** A node's part in a chain: it answers the subscriptions that its containers serve. */
import { setMaxListeners } from 'node:events';
import type { ChainOffer, InfernetSite } from '@plexus/protocol';
import type { RunJob } from './answering.ts';
import { openSentAnswers } from './sent-answers.ts';
import { createSignedAnswers, type SignedAnswers } from './signed-answers.ts';
import { openSubscriptionBook } from './subscription-book.ts';

/** How often the chain is looked at, where the operator says nothing else. */
const POLL_MS = 3000;

export interface ChainConfig {
  readonly rpcUrl: string;
  readonly registryAddress: `0x${string}`;
  readonly privateKey: `0x${string}`;
  readonly maxGas?: number;
  readonly paymentAddress?: `0x${string}`;
  readonly pollMs?: number;
}

export interface NodeChain extends SignedAnswers {
  /** What the coordinator is told of it; nothing where it has not been reached yet. */
  offer(): ChainOffer | undefined;
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
  const client = await openChain(config, log);
  const book = await openSubscriptionBook(home, client, log);
  const sent = await openSentAnswers(home, client, log);
  const closing = new AbortController();
  const { signal } = closing;
  // Every answer that is on its way follows it.
  setMaxListeners(0, signal);
  const answers = createSignedAnswers({ client, site, book, sent, deliveryOf, signal, log });
  let pending = 0;
  let watching: Promise<void> = Promise.resolve();
  return {
    ...answers,
    offer: () => ({ chain_id: client.chainId, address: client.address, pending }),

    start(run, onChange) {
      watching = watchChain({
        client,
        site,
        book,
        run,
        log,
        pollMs: config.pollMs ?? POLL_MS,
        signal,
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
