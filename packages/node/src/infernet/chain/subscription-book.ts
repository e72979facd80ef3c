/** Signed subscriptions that a node goes on to answer, kept in a file of its home: the chain has not their data. */
import { join } from 'node:path';
import { type SignedSubscription, SubscriptionSchema, SubscriptionSignatureSchema } from '@plexus/protocol';
import Type, { type Static } from 'typebox';
import { readChecked, replaceFile } from '../../files.ts';
import type { ChainClient } from './chain-client.ts';

/** Subscriptions, and characters of all their data, that a node keeps. */
const MAX_KEPT = 1000;
const MAX_KEPT_CHARACTERS = 16 * 1024 * 1024;

export const SignedSchema = Type.Object({ signature: SubscriptionSignatureSchema, subscription: SubscriptionSchema });

const Kept = Type.Object({
  /** That the chain has given it. */
  id: Type.Integer({ minimum: 1 }),
  signed: SignedSchema,
  containers: Type.Array(Type.String()),
  /** JSON of what the first container is given. */
  data: Type.String(),
  /** The newest interval that was answered, or given up. */
  done: Type.Integer({ minimum: 0 }),
});
export type KeptSubscription = Static<typeof Kept>;

const File = Type.Array(Kept);

export interface SubscriptionBook {
  list(): readonly KeptSubscription[];
  has(id: number): boolean;
  find(id: number): KeptSubscription | undefined;
  /** Whether a subscription can be kept with its data, needs not be, or is already. */
  hasRoomFor(signed: SignedSubscription, data: string): boolean;
  keep(kept: KeptSubscription): void;
  /** Notes an interval as done with; a subscription without another one is forgotten. */
  finish(id: number, interval: number): void;
  forget(id: number): void;
}

/**
 * Those of one contract, as ids are its own.
 *
 * @param log told where a disk takes no change of them: this node goes on with them all the same, until it ends
 * @throws {Error} when the file is not what this program writes
 */
export async function openSubscriptionBook(
  home: string,
  { chainId, address }: Pick<ChainClient, 'chainId' | 'address'>,
  log: (problem: unknown, text: string) => void,
): Promise<SubscriptionBook> {
  const path = join(home, `subscriptions-${chainId}-${address.toLowerCase()}.json`);
  const known = (await readChecked(path, File, 'does not hold subscriptions: mend or remove it')) ?? [];
  const kept = new Map(known.map((one) => [one.id, one]));

  function save(): void {
    try {
      replaceFile(path, JSON.stringify([...kept.values()]));
    } catch (error) {
      log(error, 'What is kept of signed subscriptions was not written down');
    }
  }

  return {
    list: () => [...kept.values()],
    has: (id) => kept.has(id),
    find: (id) => kept.get(id),

    hasRoomFor(signed, data) {
      if (signed.subscription.frequency <= 1 || [...kept.values()].some((one) => isSame(one.signed, signed)))
        return true;
      const characters = [...kept.values()].reduce((sum, one) => sum + one.data.length, data.length);
      return kept.size < MAX_KEPT && characters <= MAX_KEPT_CHARACTERS;
    },

    keep(one) {
      if (one.done >= one.signed.subscription.frequency) return;
      kept.set(one.id, one);
      save();
    },

    finish(id, interval) {
      const one = kept.get(id);
      if (!one || interval <= one.done) return;
      if (interval >= one.signed.subscription.frequency) kept.delete(id);
      else kept.set(id, { ...one, done: interval });
      save();
    },

    forget(id) {
      if (kept.delete(id)) save();
    },
  };
}

/** A nonce is used once by an owner. */
function isSame(one: SignedSubscription, other: SignedSubscription): boolean {
  const isOwner = one.subscription.owner.toLowerCase() === other.subscription.owner.toLowerCase();
  return isOwner && one.signature.nonce === other.signature.nonce;
}
