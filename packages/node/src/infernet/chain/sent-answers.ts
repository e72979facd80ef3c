/** Answers to signed subscriptions that are on their way to the chain, each in a file: none is sent twice. */
import { mkdirSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SignedSubscription } from '@plexus/protocol';
import Type, { type Static } from 'typebox';
import { readChecked, replaceFile } from '../../files.ts';
import type { ChainClient } from './chain-client.ts';
import { SignedSchema } from './subscription-book.ts';

const Sent = Type.Object({
  /** Of the transaction. */
  hash: Type.Unsafe<`0x${string}`>(Type.String({ pattern: '^0x[0-9a-f]{64}$' })),
  signed: SignedSchema,
  containers: Type.Array(Type.String()),
  /** JSON of what the first container was given. */
  data: Type.String(),
  interval: Type.Integer({ minimum: 1 }),
  /** What the containers came to, for the job that it was made for. */
  output: Type.String(),
  units: Type.Number(),
});
export type SentAnswer = Static<typeof Sent>;

export interface SentAnswers {
  list(): readonly SentAnswer[];
  find(signed: SignedSubscription): SentAnswer | undefined;
  /** To be called before it is sent: whoever comes after a crash finds it. */
  note(answer: SentAnswer): void;
  forget(answer: SentAnswer): void;
}

/**
 * Those of one contract.
 *
 * @param log told where a disk takes no change of them: this node goes on with them all the same, until it ends
 * @throws {Error} when a file is not what this program writes
 */
export async function openSentAnswers(
  home: string,
  { chainId, address }: Pick<ChainClient, 'chainId' | 'address'>,
  log: (problem: unknown, text: string) => void,
): Promise<SentAnswers> {
  const folder = join(home, `answers-${chainId}-${address.toLowerCase()}`);
  const sent = new Map<string, SentAnswer>();
  for (const name of await namesIn(folder)) {
    const answer = await readChecked(join(folder, name), Sent, 'does not hold an answer: mend or remove it');
    if (answer) sent.set(subscriptionKey(answer.signed), answer);
  }

  function write(change: (path: string) => void, { hash }: SentAnswer): void {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      change(join(folder, `${hash}.json`));
    } catch (error) {
      log(error, 'What is kept of an answer to a signed subscription was not written down');
    }
  }

  return {
    list: () => [...sent.values()],
    find: (signed) => sent.get(subscriptionKey(signed)),
    note(answer) {
      sent.set(subscriptionKey(answer.signed), answer);
      write((path) => replaceFile(path, JSON.stringify(answer)), answer);
    },
    forget(answer) {
      sent.delete(subscriptionKey(answer.signed));
      write((path) => rmSync(path, { force: true }), answer);
    },
  };
}

/** What is no answer is a draft that was never finished. */
async function namesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith('.json'));
}

/** A nonce is used once by an owner. */
export function subscriptionKey({ signature, subscription }: SignedSubscription): string {
  return `${subscription.owner.toLowerCase()} ${signature.nonce}`;
}
