import { createHash } from 'node:crypto';
import { DomainError, type Idempotency } from '@plexus/core';
import type { FastifyRequest } from 'fastify';
import { isObject } from '@plexus/protocol';

/** Source: contract/README.md; the header is draft-ietf-httpapi-idempotency-key-header. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * The Idempotency-Key of a request with the hash of what is asked for, the API key left out.
 *
 * @throws {DomainError} INVALID_IDEMPOTENCY_KEY
 */
export function readIdempotency(request: FastifyRequest, operationId: string): Idempotency | undefined {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return undefined;
  const key = String(header);
  if (!IDEMPOTENCY_KEY.test(key)) {
    const message = 'An Idempotency-Key is 1 to 255 visible ASCII characters';
    throw new DomainError('INVALID_IDEMPOTENCY_KEY', message, { key });
  }
  return { key, requestHash: hashRequest(request, operationId) };
}

/** SHA-256 in hex of what is asked for, the API key left out. */
export function hashRequest({ params, body }: Pick<FastifyRequest, 'params' | 'body'>, operationId: string): string {
  const text = `${operationId}\n${sortedJson(params)}\n${sortedJson(withoutKey(body))}`;
  return createHash('sha256').update(text).digest('hex');
}

function withoutKey(body: unknown): unknown {
  return isObject(body) ? { ...body, api_key: undefined } : body;
}

/** One text for one JSON value: members in order. Numbers may be fractions, which canonical JSON refuses. */
function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value)
    .toSorted()
    .filter((name) => value[name] !== undefined)
    .map((name) => `${JSON.stringify(name)}:${sortedJson(value[name])}`);
  return `{${members.join(',')}}`;
}
