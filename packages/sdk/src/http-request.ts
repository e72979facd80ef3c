import type { Endpoint } from '@plexus/protocol';

/** One request as it goes out. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

type Scalar = string | number | boolean | null | undefined;

/** What a call of any endpoint may take. */
export interface LooseInput {
  readonly params?: Readonly<Record<string, Scalar>>;
  readonly query?: Readonly<Record<string, Scalar>>;
  readonly body?: unknown;
}

interface RequestOptions {
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  readonly idempotencyKey?: string;
  readonly respondAsync?: boolean;
}

/** A request whose answer is JSON. A call that spends or creates something gets a key of its own. */
export function buildRequest(endpoint: Endpoint, input: LooseInput, options: RequestOptions): HttpRequest {
  const { headers, ...request } = bareRequest(endpoint, input, options);
  const { respondAsync = false, idempotencyKey = newKey() } = options;
  return {
    ...request,
    headers: {
      accept: 'application/json',
      ...headers,
      ...(endpoint.idempotent && { 'idempotency-key': idempotencyKey }),
      // Source: RFC 7240, section 4.1.
      ...(respondAsync && { prefer: 'respond-async' }),
    },
  };
}

/** Without `randomUUID`, which pages that came over plain HTTP do not have. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * A request whose answer is a stream of events. It has a key only where the caller gives one: the pieces go to one
 * reader, so that a second try under the same key could not have them.
 */
export function buildEventRequest(endpoint: Endpoint, input: LooseInput, options: RequestOptions): HttpRequest {
  const { headers, ...request } = bareRequest(endpoint, input, options);
  const { idempotencyKey } = options;
  return {
    ...request,
    headers: {
      accept: 'text/event-stream',
      ...headers,
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    },
  };
}

function bareRequest(endpoint: Endpoint, input: LooseInput, options: RequestOptions): HttpRequest {
  requireAddress(options.baseUrl);
  const body = bodyOf(endpoint, input.body, options.apiKey);
  requireSendable(options.apiKey);
  const sendsKey = endpoint.auth === 'key' || endpoint.auth === 'operator';
  return {
    method: endpoint.method,
    url: urlOf(endpoint, input, options.baseUrl),
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(sendsKey && options.apiKey !== undefined && { authorization: `Bearer ${options.apiKey}` }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  };
}

/** Without a scheme a host would be taken for one, and its network look as if it could not be reached. */
function requireAddress(baseUrl: string): void {
  if (!/^https?:\/\//i.test(baseUrl)) throw new RangeError(`Not an http or https address: ${baseUrl}`);
}

/** What no header can carry would look like a network that cannot be reached. */
function requireSendable(apiKey: string | undefined): void {
  if (apiKey !== undefined && !/^[\x21-\x7e]*$/.test(apiKey))
    throw new RangeError('The API key has characters that no key has');
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
