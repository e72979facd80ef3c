/** Answers to signed subscriptions: made by containers, brought to the chain, and followed until it has them. */
import type { InfernetSite, SignedSubscription } from '@plexus/protocol';
import {
  orInterrupted,
  RunError,
  type RunContext,
  type Runner,
  type RunRequest,
  type RunResult,
} from '@plexus/runners';
import { Check } from 'typebox/value';
import type { ChainClient } from './chain-client.ts';
import type { Delivery } from './contract.ts';
import { intervalAt, isCancelled } from './intervals.ts';
import { problemWords } from './problem-words.ts';
import { type SentAnswer, type SentAnswers, subscriptionKey } from './sent-answers.ts';
import { SignedSchema, type SubscriptionBook } from './subscription-book.ts';

export interface SignedAnswersOptions {
  readonly client: Pick<ChainClient, 'head' | 'signedId' | 'subscription' | 'isAnswered' | 'sendSigned' | 'confirm'>;
  readonly site: Pick<InfernetSite, 'containers'>;
  readonly book: SubscriptionBook;
  readonly sent: SentAnswers;
  readonly deliveryOf: (answer: unknown) => Delivery;
  readonly signal: AbortSignal;
  readonly log: (problem: unknown, text: string) => void;
}

export interface SignedAnswers {
  /** The runner, whose answers to signed subscriptions are brought to the chain too. */
  delivering(runner: Runner): Runner;
}

/** Also goes on with the answers that were on their way when the node ended. */
export function createSignedAnswers(options: SignedAnswersOptions): SignedAnswers {
  const { client, book, sent, signal, log } = options;
  /** The newest job of each subscription that has any: the next one begins when it has ended. */
  const newest = new Map<string, Promise<RunResult>>();
  const followed = new Map<string, Promise<void>>();

  /** The chain takes an answer, or never will. */
  async function settle(answer: SentAnswer): Promise<void> {
    try {
      await client.confirm(answer.hash, signal);
    } catch (error) {
      if (!signal.aborted) sent.forget(answer);
      throw error;
    }
    await keep(answer, { client, book, log });
    sent.forget(answer);
  }

  /** However long it takes, and whether or not its job goes on. */
  function follow(answer: SentAnswer): Promise<void> {
    const known = followed.get(answer.hash);
    if (known) return known;
    const settled = settle(answer).finally(() => followed.delete(answer.hash));
    followed.set(answer.hash, settled);
    settled.catch((error: unknown) => {
      if (!signal.aborted) log(error, 'The chain did not take the answer to a signed subscription');
    });
    return settled;
  }

  async function answerTo(signed: SignedSubscription, work: Work): Promise<RunResult> {
    const known = sent.find(signed);
    if (known) requireSame(known, work.request);
    const answer = known ?? (await makeAndSend(signed, work, options));
    await orInterrupted(follow(answer), work.context.signal).catch(refuse);
    const { output, units, hash } = answer;
    return { output, units, metadata: { transaction: hash } };
  }

  for (const answer of sent.list()) void follow(answer).catch(() => undefined);
  return {
    delivering: (runner) => ({
      ...runner,
      async run(request, context) {
        const { chain } = request.params;
        if (!Check(SignedSchema, chain)) return await runner.run(request, context);
        const key = subscriptionKey(chain);
        const before = newest.get(key)?.catch(() => undefined);
        const result = Promise.resolve(before).then(() => answerTo(chain, { runner, request, context }));
        newest.set(key, result);
        return await orInterrupted(result, context.signal).finally(() => {
          if (newest.get(key) === result) newest.delete(key);
        });
      },
    }),
  };
}

interface Work {
  readonly runner: Runner;
  readonly request: RunRequest;
  readonly context: RunContext;
}

/** @throws {RunError} PROGRAM_FAILED with what the chain says, unless nobody waits any more */
function refuse(cause: unknown): never {
  if (cause instanceof RunError) throw cause;
  throw new RunError('PROGRAM_FAILED', `The chain did not take the answer: ${problemWords(cause)}`, { cause });
}

async function makeAndSend(
  signed: SignedSubscription,
  { runner, request, context }: Work,
  { client, site, book, sent, deliveryOf }: SignedAnswersOptions,
): Promise<SentAnswer> {
  const { content: data } = request;
  const containers = containersOf(request);
  requireAllowed(signed, containers, site);
  await requireDue(client, signed);
  requireRoom(book, signed, request);
  const { output, units } = await runner.run(request, context);
  try {
    const interval = await intervalNow(client, signed);
    const made = { signed, containers: [...containers], data, interval, output, units };
    const hash = await client.sendSigned(signed, interval, {
      delivery: deliveryOf(lastOf(output)),
      onSigned: (hash) => sent.note({ ...made, hash }),
    });
    return { ...made, hash };
  } catch (error) {
    const unsent = sent.find(signed);
    if (unsent) sent.forget(unsent);
    return refuse(error);
  }
}

function containersOf({ params: { containers } }: RunRequest): readonly string[] {
  return Array.isArray(containers) ? containers.map(String) : [];
}

/** @throws {RunError} INVALID_INPUT of other work in the name of a subscription whose answer the chain is about to take */
function requireSame({ containers, data }: SentAnswer, request: RunRequest): void {
  if (data === request.content && containers.join() === containersOf(request).join()) return;
  throw new RunError('INVALID_INPUT', 'The node brings another answer to the subscription to the chain already');
}

/** Others than Infernet's clients may name a subscription, too. */
function requireAllowed(
  { subscription: { owner } }: SignedSubscription,
  ids: readonly string[],
  site: Pick<InfernetSite, 'containers'>,
): void {
  const offers = site.containers.filter(({ id, allowed_addresses: allowed }) => ids.includes(id) && allowed);
  const isOwner = (one: string) => one.toLowerCase() === owner.toLowerCase();
  const barred = offers.find(({ allowed_addresses: allowed = [] }) => !allowed.some(isOwner));
  if (barred) throw new RunError('INVALID_INPUT', `${barred.id}: It is not allowed for ${owner}`);
}

/** @throws {RunError} INVALID_INPUT before the containers have worked for nothing */
async function requireDue(client: SignedAnswersOptions['client'], signed: SignedSubscription): Promise<void> {
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
async function intervalNow(client: Pick<ChainClient, 'head'>, { subscription }: SignedSubscription): Promise<number> {
  const { time } = await client.head();
  const { active_at: activeAt, period } = subscription;
  return intervalAt({ activeAt, period }, time);
}

/** The answer is on the chain, and the job is done, whether or not the next ones can be. */
async function keep(
  { signed, containers, data, interval: done }: SentAnswer,
  { client, book, log }: Pick<SignedAnswersOptions, 'client' | 'book' | 'log'>,
): Promise<void> {
  try {
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
