import type { Caller, DomainError, Idempotency } from '@plexus/core';
import type { Auth, Endpoint, Endpoints, Input, Output } from '@plexus/protocol';
import type { FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { Accepted } from './accepted.ts';
import type { EventStream } from './event-stream.ts';
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
  /** Where the client has found this server, for example `http://127.0.0.1:8800`. */
  readonly origin: string;
  /** SHA-256 in hex of what is asked for, whatever the order of its members. */
  readonly requestHash: string;
  /** A header of the request, by its name in lower case. */
  header(name: string): string | undefined;
  /** Sets a header of the answer, or of the refusal that takes its place; what is not visible ASCII is percent-encoded. */
  setHeader(name: string, value: string): void;
  /** Says that the answer is a file, and what it is called. */
  setFileName(name: string): void;
  /** Calls when the client goes away before its answer was handed to the network whole. */
  onUndelivered(listener: () => void): void;
}

/** What an endpoint may answer: its response, and the other forms that it declares. */
type Answer<E extends Endpoint> =
  | Output<E>
  | (E extends { readonly stream: true } | { readonly text: true } ? EventStream : never)
  | (E extends { readonly mayBeEmpty: true } ? undefined : never)
  | (E extends { readonly accepted: infer S extends TSchema } ? Accepted<Static<S>> : never);

type Handler<E extends Endpoint> = (input: Input<E>, context: Context<E['auth']>) => Answer<E> | Promise<Answer<E>>;

/** One handler for each endpoint: a missing one does not compile. */
export type Handlers<T extends Endpoints> = { readonly [K in keyof T]: Handler<T[K]> };

export interface ErrorReply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal that is a dialect's own, about its words or the form of its answers, and that it has worded itself. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reply: ErrorReply;

  /** @param options a cause is logged, and kept from the caller */
  constructor(message: string, reply: ErrorReply, options?: ErrorOptions) {
    super(message, options);
    this.reply = reply;
  }
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
