/**
 * An endpoint is declared once, here, as data. The server validates with it, the SDK types its
 * calls with it, the OpenAPI document is printed from it, and the tests walk over it.
 */
import type { Static, TObject, TSchema } from 'typebox';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Who may call: anyone; the holder of an API key (Authorization: Bearer or X-Api-Key); the holder of
 * an operator's key; somebody whose key travels in the body as `api_key` (GemmaNet's request); or any client of a node,
 * which is its key where it shows one and else its address (Infernet's).
 */
export type Auth = 'none' | 'key' | 'operator' | 'body' | 'client';

export interface Endpoint {
  readonly method: Method;
  /** Path template in OpenAPI form, for example `/v1/jobs/{job_id}`. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly auth: Auth;
  /** True when the call spends or creates something, so that an `Idempotency-Key` is honoured. */
  readonly idempotent?: boolean;
  /** Member of the answer that names what was made: who asks again under the same key is told what was told first. */
  readonly creates?: string;
  readonly params?: TObject;
  readonly query?: TObject;
  readonly body?: TSchema;
  /** HTTP status and body of the successful response. */
  readonly status: number;
  readonly response: TSchema;
  /** What the answer is, where that is no JSON. */
  readonly mediaType?: string;
  /** True when the answer may also come as server-sent events. */
  readonly stream?: boolean;
  /** True when the answer is text that comes as it is made. */
  readonly text?: boolean;
  /** True when the body is a file, which is taken as it comes and may be of any media type. */
  readonly upload?: true;
  /** True when the answer may also be 204, without a body: there is nothing. */
  readonly mayBeEmpty?: boolean;
  /** True when the answer may also be 503, with the same body: it says that something is wrong. */
  readonly mayBeUnwell?: boolean;
  /** Body of the answer 202 to `Prefer: respond-async`: the work goes on, and the answer says where to look for it. */
  readonly accepted?: TSchema;
  /** The refusals a caller should expect, by HTTP status. */
  readonly errors?: Readonly<Record<number, string>>;
}

/** Endpoints of one resource, keyed by operation id. */
export type Endpoints = Readonly<Record<string, Endpoint>>;

type StaticOr<S, Otherwise> = S extends TSchema ? Static<S> : Otherwise;

/** What a handler receives and a client sends. */
export interface Input<E extends Endpoint> {
  readonly params: StaticOr<E['params'], Record<string, never>>;
  readonly query: StaticOr<E['query'], Record<string, never>>;
  readonly body: E extends { readonly upload: true } ? AsyncIterable<Uint8Array> : StaticOr<E['body'], undefined>;
}

/** What a handler returns and a client receives. */
export type Output<E extends Endpoint> = Static<E['response']>;

/** Checks the shape of a table of endpoints and keeps its exact types. */
export function endpoints<const T extends Endpoints>(table: T): T {
  return table;
}
