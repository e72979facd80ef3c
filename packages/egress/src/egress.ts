import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { createAddressRules } from './address-rules.ts';
import { ACCEPTED_ENCODINGS, boundedBody } from './bounded-body.ts';
import { type Connections, createKeptConnections, createSingleConnections } from './connections.ts';
import { Course } from './course.ts';
import { checkUrl, type Destination, type DestinationDeps, findDestination } from './destination.ts';
import { EgressError } from './egress-error.ts';
import { exchange, type RawAnswer } from './exchange.ts';
import { createDnsResolver, type Resolver, systemResolver } from './resolver.ts';

const MAX_REDIRECTS = 5;
const USER_AGENT = 'Plexus';
/** What is meant for the first host alone. */
const PRIVATE_HEADERS = ['authorization', 'cookie'];

export interface EgressOptions {
  /** Networks, addresses and names that may be reached although they are not public, and over plain http. */
  readonly allow?: readonly string[];
  /** Whether plain http may be spoken with public hosts, too. */
  readonly allowHttp?: boolean;
  /** Whether connections are used again, each for the host and port that it was made to. */
  readonly keepAlive?: boolean;
  /** How names that come from outside are looked up; by default in DNS. */
  readonly resolve?: Resolver;
  /** How names of the operator's list are looked up; by default as the system does. */
  readonly resolveListed?: Resolver;
}

export interface EgressRequest {
  readonly url: string;
  /** By default GET. Only a GET follows redirects. */
  readonly method?: 'GET' | 'POST';
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Bytes of the answer's body, packed and unpacked. */
  readonly maxBytes: number;
  /** Until the last byte, redirects included. */
  readonly timeoutMs: number;
  /** How long nothing may come, or be read of what came; by default all of `timeoutMs`. */
  readonly idleMs?: number;
  readonly signal?: AbortSignal;
}

/** An answer without its body. */
export interface EgressHead {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Where the answer came from, after redirects. */
  readonly url: string;
}

/** Requests to URLs that come from outside. */
export interface Egress {
  /**
   * What can be said of a URL before it is fetched.
   *
   * @throws {EgressError} invalid_url, scheme_refused, credentials_in_url, address_refused
   */
  check(url: string): void;
  /**
   * Fetches an answer whole, whatever its status.
   *
   * @throws {EgressError}
   */
  fetch(request: EgressRequest): Promise<EgressHead & { readonly body: Uint8Array }>;
  /**
   * Fetches an answer whose body comes as it is read; reading it may fail with an EgressError. Whoever does not read it
   * to its end destroys it.
   *
   * @throws {EgressError}
   */
  stream(request: EgressRequest): Promise<EgressHead & { readonly body: Readable }>;
}

/**
 * Guarded outbound HTTP: public hosts only, at the very addresses that were checked, within limits.
 *
 * @throws {RangeError} when the list is wrong
 */
export function createEgress(options: EgressOptions = {}): Egress {
  const { allow = [], allowHttp = false, resolve = createDnsResolver(), resolveListed = systemResolver } = options;
  const connections = options.keepAlive === true ? createKeptConnections() : createSingleConnections();
  const deps: EgressDeps = { rules: createAddressRules(allow), allowHttp, resolve, resolveListed, connections };

  async function stream(request: EgressRequest): Promise<EgressHead & { readonly body: Readable }> {
    const { timeoutMs, idleMs = timeoutMs, maxBytes, signal } = request;
    const course = new Course({ timeoutMs, idleMs, signal });
    try {
      const { answer, url } = await follow(request, deps, course);
      const { status, headers, body } = answer;
      body.once('close', () => course.finish());
      return { status, headers, url, body: bodyOf(answer, maxBytes, course) };
    } catch (error) {
      course.finish();
      throw course.explain(error);
    }
  }

  return {
    check: (url) => void checkUrl(url, deps),
    stream,
    async fetch(request) {
      const { body, ...head } = await stream(request);
      return { ...head, body: await wholeOf(body) };
    },
  };
}

interface EgressDeps extends DestinationDeps {
  readonly connections: Connections;
}

interface Followed {
  readonly answer: RawAnswer;
  readonly url: string;
}

/** Each hop is checked like the first. */
async function follow(request: EgressRequest, deps: EgressDeps, course: Course): Promise<Followed> {
  const { method = 'GET', body, maxBytes } = request;
  let destination = await findDestination(request.url, deps, course.signal);
  const { origin } = destination.url;
  for (let redirects = 0; ; redirects++) {
    const headers = headersFor(request, destination, origin);
    const { connections } = deps;
    const answer = await exchange(destination, { method, headers, body, maxBytes, course, connections });
    const next = method === 'GET' ? redirectOf(answer, destination.url) : undefined;
    if (next === undefined) return { answer, url: destination.url.href };
    answer.body.destroy();
    if (redirects === MAX_REDIRECTS) {
      throw new EgressError('too_many_redirects', `More than ${MAX_REDIRECTS} redirects`);
    }
    destination = await findDestination(next, deps, course.signal);
  }
}

function headersFor(
  { headers = {} }: EgressRequest,
  { url }: Destination,
  firstOrigin: string,
): Readonly<Record<string, string>> {
  const given = Object.entries(headers).filter(
    ([name]) => url.origin === firstOrigin || !PRIVATE_HEADERS.includes(name),
  );
  return { 'user-agent': USER_AGENT, 'accept-encoding': ACCEPTED_ENCODINGS, ...Object.fromEntries(given) };
}

function redirectOf({ status, headers: { location } }: RawAnswer, from: URL): string | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  if (!URL.canParse(location, from.href)) throw new EgressError('invalid_url', 'A redirect leads to no URL');
  return new URL(location, from).href;
}

function bodyOf(answer: RawAnswer, maxBytes: number, course: Course): Readable {
  try {
    return boundedBody(answer, maxBytes, course);
  } catch (error) {
    answer.body.destroy();
    throw error;
  }
}

/** Listens, which costs less than reading in turns. */
function wholeOf(body: Readable): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    if (body.errored) reject(body.errored);
    body.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    body.once('end', () => resolve(Buffer.concat(chunks)));
    body.once('error', reject);
  });
}
