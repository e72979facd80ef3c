/** A node's part in a chain: it answers the subscriptions that its containers serve. */
import {
  type ChainOffer,
  type InfernetSite,
  type SignedSubscription,
  SubscriptionSchema,
  SubscriptionSignatureSchema,
} from '@plexus/protocol';
import { RunError, type Runner } from '@plexus/runners';
import Type from 'typebox';
import { Check } from 'typebox/value';
import type { ChainClient } from './chain-client.ts';
import type { RunJob } from './watcher.ts';

/** How often the chain is looked at, where the operator says nothing else. */
const POLL_MS = 3000;

const Signed = Type.Object({ signature: SubscriptionSignatureSchema, subscription: SubscriptionSchema });

export interface ChainConfig {
  readonly rpcUrl: string;
  readonly registryAddress: `0x${string}`;
  readonly privateKey: `0x${string}`;
  readonly maxGas?: number;
  readonly pollMs?: number;
}

export interface NodeChain {
  /** What the coordinator is told of it. */
  offer(): ChainOffer;
  /** The runner, whose answers to signed subscriptions are brought to the chain too. */
  delivering(runner: Runner): Runner;
  /** Begins to answer what is on the chain. */
  start(run: RunJob, onPending: () => void): void;
  close(): Promise<void>;
}

type Log = (problem: unknown, text: string) => void;

/** @throws when the chain cannot be reached or has no such registry */
export async function openNodeChain(
  config: ChainConfig,
  site: Pick<InfernetSite, 'containers'>,
  log: Log,
): Promise<NodeChain> {
  // A large library, which most nodes never need.
  const [{ openChain }, { watchChain }, { deliveryOf }] = await Promise.all([
    import('./chain-client.ts'),
    import('./watcher.ts'),
    import('./contract.ts'),
  ]);
  const client = await openChain(config);
  const closing = new AbortController();
  let pending = 0;
  let watching: Promise<void> = Promise.resolve();
  return {
    offer: () => ({ chain_id: client.chainId, address: client.address, pending }),

    delivering: (runner) => ({
      ...runner,
      async run(request, context) {
        const { chain } = request.params;
        if (!Check(Signed, chain)) return await runner.run(request, context);
        requireAllowed(chain, request.params['containers'], site);
        const result = await runner.run(request, context);
        const hash = await bring(client, chain, deliveryOf(lastOf(result.output)));
        return { ...result, metadata: { ...result.metadata, transaction: hash } };
      },
    }),

    start(run, onPending) {
      watching = watchChain({
        client,
        site,
        run,
        log,
        pollMs: config.pollMs ?? POLL_MS,
        signal: closing.signal,
        onPending(count) {
          pending = count;
          onPending();
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

async function bring(client: ChainClient, signed: SignedSubscription, delivery: Parameters<ChainClient['deliver']>[2]) {
  try {
    return await client.deliverSigned(signed, 1, delivery);
  } catch (cause) {
    const [reason = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new RunError('PROGRAM_FAILED', `The chain did not take the answer: ${reason}`, { cause });
  }
}

function lastOf(output: string): unknown {
  const steps = JSON.parse(output) as readonly { readonly output: unknown }[];
  return steps.at(-1)?.output;
}
