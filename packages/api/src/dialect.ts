import type { Caller, DomainError, Idempotency } from '@plexus/core';
import type { Auth, Endpoint, Endpoints, Input, Output } from '@plexus/protocol';
import type { FastifyRequest } from 'fastify';
import type { MalformedJson } from './json-body.ts';
import type { SchemaViolation } from './validators.ts';

/** What a handler is told beside its input. */
export interface Context<A extends Auth = Auth> {
  /** Whoever showed a valid key; nobody where the endpoint asks for none. */
  readonly caller: A extends 'none' ? undefined : Caller;
  readonly idempotency: Idempotency | undefined;
  /** Ends when the client goes away before it is answered. */
  readonly signal: AbortSignal;
  readonly requestId: string;
}

type Handler<E extends Endpoint> = (input: Input<E>, context: Context<E['auth']>) => Output<E> | Promise<Output<E>>;

/** One handler for each endpoint: a missing one does not compile. */
export type Handlers<T extends Endpoints> = { readonly [K in keyof T]: Handler<T[K]> };

export interface ErrorReply {
  readonly status: number;
  readonly body: unknown;
}

/** How one dialect words its refusals. */
export interface ErrorDialect {
  domain(error: DomainError, request: FastifyRequest): ErrorReply;
  validation(error: SchemaViolation, request: FastifyRequest): ErrorReply;
  malformedJson(error: MalformedJson, request: FastifyRequest): ErrorReply;
  /** What Fastify itself refused: wrong media type, body too large, broken URL. */
  malformed(status: number, message: string, request: FastifyRequest): ErrorReply;
  unexpected(request: FastifyRequest): ErrorReply;
  notFound(request: FastifyRequest): ErrorReply;
  methodNotAllowed(request: FastifyRequest): ErrorReply;
}
