import type { Caller, Idempotency } from '@plexus/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from './dialect.ts';

/** A context whose signal is only made for the few handlers that look at it. */
export class RequestContext implements Context {
  readonly caller: Caller;
  readonly idempotency: Idempotency | undefined;
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  #abort: AbortController | undefined;

  /** @param caller undefined only where the endpoint asks for no key, whose handlers are typed to know it */
  constructor(request: FastifyRequest, reply: FastifyReply, idempotency: Idempotency | undefined) {
    this.caller = request.caller as Caller;
    this.idempotency = idempotency;
    this.#request = request;
    this.#reply = reply;
  }

  get requestId(): string {
    return this.#request.id;
  }

  get signal(): AbortSignal {
    return (this.#abort ??= this.#watch()).signal;
  }

  /** The response closes when it was sent too: then nobody listens any more. */
  #watch(): AbortController {
    const controller = new AbortController();
    const { raw } = this.#reply;
    const abort = () => controller.abort(new Error('The client went away'));
    if (raw.destroyed) abort();
    else raw.once('close', abort);
    return controller;
  }
}
