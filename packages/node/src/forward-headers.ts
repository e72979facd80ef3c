import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { isOwnPage } from '@plexus/protocol';
import type { FastifyRequest } from 'fastify';

/** What a coordinator reads of a request; `origin` lets it refuse pages that are not this node's. */
const READ = new Set([
  'accept',
  'authorization',
  'content-length',
  'content-type',
  'idempotency-key',
  'origin',
  'prefer',
  'user-agent',
  'x-api-key',
]);
/** Headers of OpenAI's own clients, which count their repetitions there. */
const CLIENTS_OWN = 'x-stainless-';

/** Source: RFC 9110, section 7.6.1; what speaks of one connection ends with it. */
const OF_CONNECTION = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Headers of a request that go on to the coordinator, under the request id of this node's answer. */
export function forwardedHeaders({ headers, id }: Pick<FastifyRequest, 'headers' | 'id'>): Record<string, string> {
  const forwarded: Record<string, string> = { 'x-request-id': id };
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'origin' && isOwnPage(String(value), headers.host ?? '')) continue;
    if (typeof value === 'string' && (READ.has(name) || name.startsWith(CLIENTS_OWN))) forwarded[name] = value;
  }
  return forwarded;
}

/** Headers of the coordinator's answer that go on to the client. */
export function answerHeaders(headers: IncomingHttpHeaders, request: IncomingMessage): OutgoingHttpHeaders {
  const named = headers.connection?.split(',').map((name) => name.trim().toLowerCase());
  const kept: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!OF_CONNECTION.has(name) && !named?.includes(name)) kept[name] = value;
  }
  // An answer that came before the request's end leaves the rest of that unread.
  if (!request.complete) kept['connection'] = 'close';
  return kept;
}
