/** Requests that are not meant to be understood. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { type Parts, rawRequest, wellFormed } from './fuzz-request.ts';
import {
  BODIES,
  BYTES,
  HEADERS,
  HEADS,
  MANY_HEADERS,
  MEDIA_TYPES,
  METHODS,
  PATHS,
  PROTOCOLS,
  QUERIES,
  TAILS,
} from './hostile-parts.ts';
import { NASTY_NAMES, NASTY_TEXTS } from './nasty-values.ts';
import type { RawRequest } from './raw-http.ts';

/** Makes one thing of a request worse. */
type Hostility = (request: RawRequest, parts: Parts) => RawRequest;

/** One for each of some values. */
function each<T>(values: readonly T[], act: (value: T) => Hostility): fc.Arbitrary<Hostility> {
  return fc.constantFrom(...values).map(act);
}

const onHeads = fc.oneof(
  each(METHODS, (method) => (request) => ({ ...request, method })),
  each(MEDIA_TYPES, (type) => (request) => withHeader(request, 'content-type', type)),
  each(['content-type', 'host', 'authorization'], (name) => (request) => without(request, name)),
  each(HEADERS, (header) => (request) => withMore(request, header)),
  each(PROTOCOLS, (protocol) => (request) => upgrading(request, protocol)),
  fc.nat(40).map(
    (at): Hostility =>
      (request) =>
        repeated(request, at),
  ),
  fc.constant<Hostility>((request) => withMore(request, ...MANY_HEADERS)),
);

const onTargets = fc.oneof(
  each(PATHS, (path) => (request) => ({ ...request, target: pathOf(request) + path })),
  each(PATHS, (path) => (request, { operation }) => ({ ...request, target: operation.path.replace(/\{\w+\}/, path) })),
  each(QUERIES, (query) => (request) => ({ ...request, target: request.target + query })),
  each(NASTY_NAMES, (name) => (request) => ({
    ...request,
    target: `${pathOf(request)}?${encodeURIComponent(wellFormed(name))}=1`,
  })),
);

const onBodies = fc.oneof(
  fc.nat(500).map(
    (at): Hostility =>
      (request) =>
        withBody(request, cut(bodyOf(request), at)),
  ),
  each(TAILS, (tail) => (request) => withBody(request, Buffer.concat([bodyOf(request), Buffer.from(tail)]))),
  each(HEADS, (head) => (request) => withBody(request, Buffer.concat([Buffer.from(head), bodyOf(request)]))),
  each([...BODIES, ...NASTY_TEXTS], (body) => (request) => withBody(request, Buffer.from(body))),
  each(BYTES, (bytes) => (request) => withBody(request, bytes)),
  fc.uint8Array({ maxLength: 60 }).map(
    (bytes): Hostility =>
      (request) =>
        withBody(request, bytes),
  ),
  fc.constant<Hostility>((request) =>
    withHeader(withBody(request, gzipSync(bodyOf(request))), 'content-encoding', 'gzip'),
  ),
  each(
    ['utf16le', 'latin1'] as const,
    (encoding) => (request) => withBody(request, reencoded(bodyOf(request), encoding)),
  ),
);

/** One hostility, or two at once. */
export function hostileRequests(valid: fc.Arbitrary<Parts>): fc.Arbitrary<RawRequest> {
  const hostility = fc.oneof(onHeads, onTargets, onBodies);
  return fc
    .record({ parts: valid, acts: fc.array(hostility, { minLength: 1, maxLength: 2 }) })
    .map(({ parts, acts }) => acts.reduce((request, act) => act(request, parts), rawRequest(parts)));
}

function pathOf({ target }: RawRequest): string {
  return target.split('?')[0] ?? '';
}

function bodyOf({ body }: RawRequest): Uint8Array {
  return body ?? Buffer.from('{}');
}

function cut(body: Uint8Array, at: number): Uint8Array {
  return body.subarray(0, at % (body.length + 1));
}

function withBody(request: RawRequest, body: Uint8Array): RawRequest {
  return { ...withHeader(request, 'content-type', 'application/json'), body };
}

function without({ headers, ...request }: RawRequest, name: string): RawRequest {
  return { ...request, headers: headers.filter(([other]) => other !== name) };
}

function withHeader(request: RawRequest, name: string, value: string): RawRequest {
  return withMore(without(request, name), [name, value]);
}

function withMore({ headers, ...request }: RawRequest, ...more: RawRequest['headers']): RawRequest {
  return { ...request, headers: [...headers, ...more] };
}

/** As clients of HTTP/2 ask for it on a plain connection. */
function upgrading(request: RawRequest, protocol: string): RawRequest {
  return withMore(without(request, 'connection'), ['connection', 'close, upgrade'], ['upgrade', protocol]);
}

function repeated(request: RawRequest, at: number): RawRequest {
  const header = request.headers[at % request.headers.length];
  return header ? withMore(request, header) : request;
}

function reencoded(body: Uint8Array, encoding: 'utf16le' | 'latin1'): Uint8Array {
  return Buffer.from(Buffer.from(body).toString('utf8'), encoding);
}
