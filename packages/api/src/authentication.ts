import { type Authenticator, type Caller, DomainError, requireOperator } from '@plexus/core';
import type { Endpoint } from '@plexus/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { addressCaller, type RateLimiter } from './rate-limit.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the endpoint's own hook once a key was shown and found valid. */
    caller: Caller | undefined;
  }
}

/** Who may pass, and how often. */
export interface Gate {
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  readonly limiter: RateLimiter | undefined;
}

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
type SyncHook = (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void;

export interface GateHooks {
  readonly onRequest?: Hook | SyncHook;
  readonly preValidation?: Hook;
}

/** Nothing longer is hashed; the table of endpoints has the same figure. */
const MAX_KEY_LENGTH = 200;
const BEARER = /^bearer +/i;

/** The hooks that let callers through to an endpoint: before its body is read, unless the key is in the body. */
export function gateHooks({ auth }: Endpoint, gate: Gate): GateHooks {
  switch (auth) {
    case 'none':
      return gate.limiter ? { onRequest: limitAddress(gate.limiter) } : {};
    case 'key':
      return { onRequest: (request: FastifyRequest) => admit(gate, request, keyInHeaders(request)) };
    case 'operator':
      return { onRequest: (request: FastifyRequest) => admit(gate, request, keyInHeaders(request), requireOperator) };
    case 'body':
      return { preValidation: admitByBody(gate) };
  }
}

function limitAddress(limiter: RateLimiter): SyncHook {
  return (request, _reply, done) => {
    try {
      limiter.take(addressCaller(request.ip));
    } catch (error) {
      return done(error instanceof Error ? error : new Error('The limiter failed', { cause: error }));
    }
    return done();
  };
}

/** A key of the wrong type or length is left to the schema, which refuses it. */
function admitByBody(gate: Gate): Hook {
  return async (request) => {
    const body = request.body as { readonly api_key?: unknown } | null | undefined;
    if (typeof body !== 'object' || body === null) return;
    const { api_key: key } = body;
    if (key !== undefined && key !== null && !isKeyText(key)) return;
    await admit(gate, request, key ?? keyInHeaders(request));
  };
}

function isKeyText(key: unknown): key is string {
  return typeof key === 'string' && key.length <= MAX_KEY_LENGTH;
}

/** Keys are counted each for itself; calls without a valid one by address. */
async function admit(
  { authenticator, limiter }: Gate,
  request: FastifyRequest,
  key: string | undefined,
  requirement?: (caller: Caller) => void,
): Promise<void> {
  try {
    request.caller = await authenticator.authenticate(key);
  } catch (error) {
    limiter?.take(addressCaller(request.ip));
    throw error;
  }
  limiter?.take(request.caller.keyId);
  requirement?.(request.caller);
}

function keyInHeaders({ headers }: FastifyRequest): string | undefined {
  const { authorization } = headers;
  if (authorization !== undefined && BEARER.test(authorization)) return authorization.replace(BEARER, '').trim();
  const key = headers['x-api-key'];
  return typeof key === 'string' ? key : undefined;
}

/**
 * The caller of an endpoint that asks for a key.
 *
 * @throws {DomainError} MISSING_API_KEY
 */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller) return request.caller;
  throw new DomainError('MISSING_API_KEY', 'Missing API key', {});
}
