import type { Endpoint, Endpoints, Input, Output } from '@plexus/protocol';
import { type EventAnswer, openEvents } from './event-transport.ts';
import { buildEventRequest, buildRequest, type LooseInput } from './http-request.ts';
import { withRetries } from './retry.ts';
import { type SendOptions, sendOnce } from './transport.ts';

/** GemmaNet's request may take 60 seconds, and so may a wait for a job. */
const DEFAULT_TIMEOUT_MS = 75_000;
/** A job of OpenAI's API may live for 600 seconds, of which it may wait for a node until the end. */
export const LONG_TIMEOUT_MS = 610_000;
/** A timer that is told to take longer ends at once, in Node and in browsers. */
const LONGEST_TIMER_MS = 2_147_483_647;
const DEFAULT_MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

/** How a client reaches a network; times in milliseconds. */
export interface ClientOptions {
  /** Address of a coordinator, for example `http://127.0.0.1:8800`; may have a path of its own. */
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  /** Longest wait for one answer, in a stream for its beginning and for each piece; 75 s unless told, for answers of OpenAI's API 610 s. */
  readonly timeoutMs?: number;
  /** Tries after the first one; 2 unless told. */
  readonly maxRetries?: number;
  readonly maxResponseBytes?: number;
  readonly fetch?: typeof fetch;
  /** Waits between two tries. */
  readonly wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  /** Spreads the waits: a number from 0 up to 1. */
  readonly random?: () => number;
}

/** What may be said about one call. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
  readonly maxRetries?: number;
  /** Else every call that spends or creates something, and is not streamed, gets a random one, the same for all its tries. */
  readonly idempotencyKey?: string;
}

/** Asks for an answer as soon as the work is taken on: it goes on after that, whoever waits for it. */
export interface AsyncOptions extends CallOptions {
  readonly respondAsync: true;
}

type Nothing = Record<string, never> | undefined;
/** Parts of a request that an endpoint has at all, and those of them that may be left out. */
type PartsOf<I> = { [K in keyof I]-?: I[K] extends Nothing ? never : K }[keyof I];
type OptionalParts<I> = { [K in keyof I]-?: Record<string, never> extends I[K] ? K : never }[keyof I];

/** What a call of an endpoint takes: its path parameters, query and body, as far as it has them. */
export type CallInput<I extends Input<Endpoint>> = {
  readonly [K in Exclude<PartsOf<I>, OptionalParts<I>>]: I[K];
} & { readonly [K in Extract<PartsOf<I>, OptionalParts<I>>]?: I[K] };

interface Answering<A extends Endpoint['response']> extends Endpoint {
  readonly response: A;
}

/** The answer of an endpoint that takes work on and answers before it is done. */
export type AcceptedBy<E extends Endpoint> = E extends { readonly accepted: infer A extends Endpoint['response'] }
  ? Output<Answering<A>>
  : never;

type AsyncCall<E extends Endpoint> = [AcceptedBy<E>] extends [never]
  ? unknown
  : (input: CallInput<Input<E>>, options: AsyncOptions) => Promise<AcceptedBy<E>>;

type AwaitedCall<E extends Endpoint> = [PartsOf<Input<E>>] extends [never]
  ? (input?: Record<string, never>, options?: CallOptions) => Promise<Output<E>>
  : [Exclude<PartsOf<Input<E>>, OptionalParts<Input<E>>>] extends [never]
    ? (input?: CallInput<Input<E>>, options?: CallOptions) => Promise<Output<E>>
    : (input: CallInput<Input<E>>, options?: CallOptions) => Promise<Output<E>>;

/** One method for each endpoint of a table. They throw `ApiError`, `ConnectionError`, the signal's reason, or a RangeError for an empty id or a key that cannot be sent. */
export type Client<T extends Endpoints> = { readonly [K in keyof T]: AsyncCall<T[K]> & AwaitedCall<T[K]> };

type Options = ClientOptions & CallOptions;

/** Builds a typed client from the same table that the server was built from. */
export function createClient<const T extends Endpoints>(table: T, options: ClientOptions): Client<T> {
  const calls = Object.entries(table).map(([id, endpoint]) => [
    id,
    (input: LooseInput = {}, callOptions: CallOptions = {}) => call(endpoint, input, { ...options, ...callOptions }),
  ]);
  // The type is computed from the table, which Object.fromEntries cannot see.
  return Object.fromEntries(calls) as Client<T>;
}

async function call(endpoint: Endpoint, input: LooseInput, options: Options): Promise<unknown> {
  requireWhole(endpoint, input);
  const request = buildRequest(endpoint, input, options);
  const repeatable = endpoint.method !== 'POST' || endpoint.idempotent === true;
  return await withRetries(() => sendOnce(request, sendOptions(options)), repeatable, options);
}

/** Opens the answer of an endpoint that can be streamed; once it is open it is not tried again. */
export async function openStream(endpoint: Endpoint, input: LooseInput, options: Options): Promise<EventAnswer> {
  const request = buildEventRequest(endpoint, input, options);
  const openOptions = { ...sendOptions(options), beginMs: timerMs(options.timeoutMs ?? LONG_TIMEOUT_MS) };
  return await withRetries(() => openEvents(request, openOptions), false, options);
}

/** Types cannot say it of a table: without this an answer would be paid for and then not understood. */
function requireWhole({ stream, path }: Endpoint, { body }: LooseInput): void {
  const isStreamed = stream === true && typeof body === 'object' && body !== null && 'stream' in body;
  if (isStreamed && body.stream === true) throw new TypeError(`${path} answers piece by piece to stream() only`);
}

function timerMs(ms: number): number {
  return Math.min(ms, LONGEST_TIMER_MS);
}

/** How long the network may be asked to wait, so that its answer comes well before the caller gives up: whole seconds. */
export function waitSeconds(mostSeconds: number, timeoutMs: number = DEFAULT_TIMEOUT_MS): number {
  return Math.min(mostSeconds, Math.floor(timeoutMs / 2000));
}

function sendOptions(options: Options): SendOptions {
  const send = options.fetch ?? fetch;
  return {
    // As a method of ours no browser would run its own.
    fetch: (url, init) => send(url, init),
    timeoutMs: timerMs(options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
    maxResponseBytes: options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES,
    signal: options.signal,
  };
}
