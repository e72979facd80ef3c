import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createAddressRules } from './address-rules.ts';
import { ACCEPTED_ENCODINGS, boundedBody } from './bounded-body.ts';
import { Course } from './course.ts';
import { checkUrl, type Destination, type DestinationDeps, findDestination } from './destination.ts';
import { EgressError } from './egress-error.ts';
import { type Agents, createAgents, exchange } from './exchange.ts';
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
  const agents = createAgents(options.keepAlive ?? false);
  const deps: EgressDeps = { rules: createAddressRules(allow), allowHttp, resolve, resolveListed, agents };

  async function stream(request: EgressRequest): Promise<EgressHead & { readonly body: Readable }> {
    const { timeoutMs, idleMs = timeoutMs, maxBytes, signal } = request;
    const course = new Course({ timeoutMs, idleMs, signal });
    try {
      const { response, url } = await follow(request, deps, course);
      const { statusCode: status = 0, headers } = response;
      return { status, headers, url, body: bodyOf(response, maxBytes, course) };
    } catch (error) {
      throw course.explain(error);
    }
  }

  return {
    check: (url) => void checkUrl(url, deps),
    stream,
    async fetch(request) {
      const { body, ...head } = await stream(request);
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      return { ...head, body: Buffer.concat(chunks) };
    },
  };
}

interface EgressDeps extends DestinationDeps {
  readonly agents: Agents;
}

interface Answer {
  readonly response: IncomingMessage;
  readonly url: string;
}

/** Each hop is checked like the first. */
async function follow(request: EgressRequest, deps: EgressDeps, course: Course): Promise<Answer> {
  const { method = 'GET', body } = request;
  let destination = await findDestination(request.url, deps, course.signal);
  const { origin } = destination.url;
  for (let redirects = 0; ; redirects++) {
    const headers = headersFor(request, destination, origin);
    const response = await exchange(destination, { method, headers, body, course, agents: deps.agents });
    const next = method === 'GET' ? redirectOf(response, destination.url) : undefined;
    if (next === undefined) return { response, url: destination.url.href };
    response.destroy();
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

function redirectOf({ statusCode, headers }: IncomingMessage, from: URL): string | undefined {
  const isRedirect = statusCode !== undefined && [301, 302, 303, 307, 308].includes(statusCode);
  const { location } = headers;
  if (!isRedirect || location === undefined) return undefined;
  if (!URL.canParse(location, from.href)) throw new EgressError('invalid_url', 'A redirect leads to no URL');
  return new URL(location, from).href;
}

function bodyOf(response: IncomingMessage, maxBytes: number, course: Course): Readable {
  try {
    return boundedBody(response, maxBytes, course);
  } catch (error) {
    response.destroy();
    throw error;
  }
}
