import type { IncomingMessage } from 'node:http';
import { type Caller, DomainError, type NodeGate, requireOperator } from '@plexus/core';
import type { Endpoint } from '@plexus/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { claimOf } from './node-claim.ts';
import { addressCaller, allowanceHeaders, plainAllowanceHeaders, type RateLimiter } from './rate-limit.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the endpoint's own hook once a key was shown and found valid. */
    caller: Caller | undefined;
  }
}

/** Who may pass, and how often. */
export interface Gate {
  readonly authenticator: Pick<NodeGate, 'authenticate'>;
  readonly limiter: RateLimiter | undefined;
  /** Whether answers say how the caller stands with its limit. */
  readonly tellsAllowance?: boolean;
  /** Where a request comes from, if not from the other end of its connection. */
  readonly addressOf?: (request: FastifyRequest) => string;
  /** Who a client without a key is; without this it is nobody. */
  readonly guestOf?: (request: FastifyRequest) => Caller;
  /** Who is limited: each key, and addresses without one (the default), or each address, whose answers say how it stands. */
  readonly limits?: 'callers' | 'addresses';
}

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
type SyncHook = (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void;

export interface GateHooks {
  readonly onRequest?: Hook | SyncHook;
  readonly preValidation?: Hook;
}

/** Nothing longer is hashed: also the token that a wallet is given has some 225 characters. */
const MAX_KEY_LENGTH = 1000;
const BEARER = /^bearer +/i;

/** The hooks that let callers through to an endpoint: before its body is read, unless the key is in the body. */
export function gateHooks({ auth }: Pick<Endpoint, 'auth'>, gate: Gate): GateHooks {
  switch (auth) {
    case 'none':
      return gate.limiter ? { onRequest: limitAddress(gate) } : {};
    case 'key':
      return { onRequest: admitByHeaders(gate) };
    case 'client':
      return { onRequest: admitClient(gate) };
    case 'operator':
      return { onRequest: admitByHeaders(gate, requireOperator) };
    case 'body':
      return { preValidation: admitByBody(gate) };
  }
}

function limitAddress(gate: Gate): SyncHook {
  return (request, reply, done) => {
    try {
      count(gate, reply, addressOf(gate, request));
    } catch (error) {
      return done(error instanceof Error ? error : new Error('The limiter failed', { cause: error }));
    }
    return done();
  };
}

function admitByHeaders(gate: Gate, requirement?: (caller: Caller) => void): Hook {
  return (request, reply) => admit(gate, { request, reply }, keyInHeaders(request), requirement);
}

/** Whoever shows a key is its account; anybody else a guest. */
function admitClient(gate: Gate): Hook {
  const byKey = admitByHeaders(gate);
  return async (request, reply) => {
    const { guestOf } = gate;
    if (!guestOf || keyInHeaders(request) !== undefined) return await byKey(request, reply);
    count(gate, reply, addressOf(gate, request));
    request.caller = guestOf(request);
  };
}

function addressOf({ addressOf: addressIn }: Gate, request: FastifyRequest): string {
  return addressCaller(addressIn?.(request) ?? request.ip);
}

/** A key of the wrong type is left to the schema, which refuses it. */
function admitByBody(gate: Gate): Hook {
  return async (request, reply) => {
    const body = request.body as { readonly api_key?: unknown } | null | undefined;
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return;
    const { api_key: key } = body;
    if (key !== undefined && key !== null && typeof key !== 'string') return;
    await admit(gate, { request, reply }, key ?? keyInHeaders(request));
  };
}

/** Keys are counted each for itself; calls without a valid one by address. */
async function admit(
  gate: Gate,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  key: string | undefined,
  requirement?: (caller: Caller) => void,
): Promise<void> {
  try {
    if (key !== undefined && key.length > MAX_KEY_LENGTH)
      throw new DomainError('INVALID_API_KEY', 'Invalid API key', {});
    request.caller = await gate.authenticator.authenticate(key, claimOf(request));
  } catch (error) {
    count(gate, reply, addressOf(gate, request));
    throw error;
  }
  count(gate, reply, request.caller.keyId);
  requirement?.(request.caller);
}

/** @throws {DomainError} RATE_LIMITED */
function count(gate: Gate, reply: FastifyReply, who: string): void {
  const { limiter, tellsAllowance = false, limits } = gate;
  if (!limiter) return;
  const isByAddress = limits === 'addresses';
  const caller = isByAddress ? addressOf(gate, reply.request) : who;
  try {
    limiter.take(caller);
  } finally {
    if (tellsAllowance) reply.headers(allowanceHeaders(limiter.allowance(caller)));
    if (isByAddress) reply.headers(plainAllowanceHeaders(limiter.allowance(caller)));
  }
}

/** The key of a request whose headers hold one. */
export function keyInHeaders({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
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
