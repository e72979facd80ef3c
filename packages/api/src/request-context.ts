import type { Caller, Idempotency } from '@plexus/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from './dialect.ts';
import { hashRequest } from './idempotency.ts';

const NOT_VISIBLE_ASCII = /[^\x21-\x7e]+/g;

/** A context whose signal is only made for the few handlers that look at it. */
export class RequestContext implements Context {
  readonly caller: Caller;
  readonly idempotency: Idempotency | undefined;
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  readonly #operationId: string;
  #abort: AbortController | undefined;

  constructor(request: FastifyRequest, reply: FastifyReply, operationId: string, idempotency: Idempotency | undefined) {
    // Undefined only where the endpoint asks for no key, whose handlers are typed to know it.
    this.caller = request.caller as Caller;
    this.#operationId = operationId;
    this.idempotency = idempotency;
    this.#request = request;
    this.#reply = reply;
  }

  get requestId(): string {
    return this.#request.id;
  }

  get origin(): string {
    return `${this.#request.protocol}://${this.#request.host}`;
  }

  get requestHash(): string {
    return hashRequest(this.#request, this.#operationId);
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  setHeader(name: string, value: string): void {
    this.#reply.header(name, toHeaderValue(value));
  }

  setFileName(name: string): void {
    this.#reply.header('content-disposition', `attachment; filename=${toHeaderValue(name)}`);
  }

  onUndelivered(listener: () => void): void {
    const { raw } = this.#reply;
    if (raw.destroyed) return listener();
    const { socket } = this.#request.raw;
    let isSent = false;
    // It also finishes when its socket was destroyed under it, and then claims to have written everything.
    raw.prependOnceListener('finish', () => (isSent = !socket.destroyed));
    raw.once('close', () => {
      if (!isSent) listener();
    });
  }

  get signal(): AbortSignal {
    return (this.#abort ??= this.#watch()).signal;
  }

  /** The response closes when it was sent too: then there is nothing left to stop. */
  #watch(): AbortController {
    const controller = new AbortController();
    const { raw } = this.#reply;
    const abort = () => controller.abort(new Error('The client went away'));
    if (raw.destroyed) abort();
    else raw.once('close', () => raw.writableEnded || abort());
    return controller;
  }
}

/** Ids of nodes may be any text; Node refuses a header that is not Latin-1. Source: RFC 9110, section 5.5. */
function toHeaderValue(value: string): string {
  return value.replace(NOT_VISIBLE_ASCII, (text) =>
    Buffer.from(text).toString('hex').replace(/../g, '%$&').toUpperCase(),
  );
}
