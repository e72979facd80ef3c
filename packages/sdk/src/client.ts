import type { Endpoint, Endpoints, Input, Output } from '@plexus/protocol';
import { mayRetry, pause, retryDelayMs } from './retry.ts';
import { type HttpRequest, sendOnce } from './transport.ts';

/** GemmaNet's request may take 60 seconds, and so may a wait for a job. */
const DEFAULT_TIMEOUT_MS = 75_000;
const DEFAULT_MAX_RETRIES = 2;
const DEFAULT_MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

/** How a client reaches a network; times in milliseconds. */
export interface ClientOptions {
  /** Address of a coordinator, for example `http://127.0.0.1:8800`; may have a path of its own. */
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  /** Longest wait for one answer; 75 s unless told. */
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
  /** Else every call that spends or creates something gets a random one, the same for all its tries. */
  readonly idempotencyKey?: string;
}

type Nothing = Record<string, never> | undefined;
/** Parts of a request that an endpoint has at all, and those of them that may be left out. */
type PartsOf<I> = { [K in keyof I]-?: I[K] extends Nothing ? never : K }[keyof I];
type OptionalParts<I> = { [K in keyof I]-?: Record<string, never> extends I[K] ? K : never }[keyof I];

/** What a call of an endpoint takes: its path parameters, query and body, as far as it has them. */
export type CallInput<I extends Input<Endpoint>> = {
  readonly [K in Exclude<PartsOf<I>, OptionalParts<I>>]: I[K];
} & { readonly [K in Extract<PartsOf<I>, OptionalParts<I>>]?: I[K] };

type Call<E extends Endpoint> = [PartsOf<Input<E>>] extends [never]
  ? (input?: Record<string, never>, options?: CallOptions) => Promise<Output<E>>
  : [Exclude<PartsOf<Input<E>>, OptionalParts<Input<E>>>] extends [never]
    ? (input?: CallInput<Input<E>>, options?: CallOptions) => Promise<Output<E>>
    : (input: CallInput<Input<E>>, options?: CallOptions) => Promise<Output<E>>;

/** One method for each endpoint of a table. They throw `ApiError`, `ConnectionError`, the signal's reason, or a RangeError for an empty id. */
export type Client<T extends Endpoints> = { readonly [K in keyof T]: Call<T[K]> };

type Scalar = string | number | boolean | null | undefined;

interface LooseInput {
  readonly params?: Readonly<Record<string, Scalar>>;
  readonly query?: Readonly<Record<string, Scalar>>;
  readonly body?: unknown;
}

/** Builds a typed client from the same table that the server was built from. */
export function createClient<const T extends Endpoints>(table: T, options: ClientOptions): Client<T> {
  const calls = Object.entries(table).map(([id, endpoint]) => [
    id,
    (input: LooseInput = {}, callOptions: CallOptions = {}) => call(endpoint, input, { ...options, ...callOptions }),
  ]);
  // The type is computed from the table, which Object.fromEntries cannot see.
  return Object.fromEntries(calls) as Client<T>;
}

async function call(endpoint: Endpoint, input: LooseInput, options: ClientOptions & CallOptions): Promise<unknown> {
  const request = buildRequest(endpoint, input, options);
  const repeatable = endpoint.method !== 'POST' || endpoint.idempotent === true;
  const maxRetries = options.maxRetries ?? DEFAULT_MAX_RETRIES;
  for (let retries = 0; ; retries++) {
    try {
      return await sendOnce(request, {
        fetch: options.fetch ?? fetch,
        timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        maxResponseBytes: options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES,
        signal: options.signal,
      });
    } catch (error) {
      if (retries >= maxRetries || !mayRetry(error, repeatable)) throw error;
      const delayMs = retryDelayMs(error, retries, options.random ?? Math.random);
      await (options.wait ?? pause)(delayMs, options.signal);
    }
  }
}

function buildRequest(endpoint: Endpoint, input: LooseInput, options: ClientOptions & CallOptions): HttpRequest {
  const body = bodyOf(endpoint, input.body, options.apiKey);
  const sendsKey = endpoint.auth === 'key' || endpoint.auth === 'operator';
  return {
    method: endpoint.method,
    url: urlOf(endpoint, input, options.baseUrl),
    headers: {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(sendsKey && options.apiKey !== undefined && { authorization: `Bearer ${options.apiKey}` }),
      ...(endpoint.idempotent && { 'idempotency-key': options.idempotencyKey ?? crypto.randomUUID() }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  };
}

function bodyOf(endpoint: Endpoint, body: unknown, apiKey: string | undefined): unknown {
  if (endpoint.auth !== 'body' || apiKey === undefined || typeof body !== 'object') return body;
  return { api_key: apiKey, ...body };
}

function urlOf(endpoint: Endpoint, input: LooseInput, baseUrl: string): string {
  const path = endpoint.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodePathPart(String(input.params?.[name] ?? '')),
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined && value !== null) query.append(name, String(value));
  }
  const search = query.toString();
  return `${baseUrl.replace(/\/+$/, '')}${path}${search && `?${search}`}`;
}

/** Every URL parser takes `.` and `..` for directions, encoded or not. */
function encodePathPart(text: string): string {
  if (text === '' || text === '.' || text === '..') throw new RangeError(`"${text}" cannot be a part of a path`);
  return encodeURIComponent(text);
}
