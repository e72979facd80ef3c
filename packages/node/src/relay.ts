import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { answerHeaders } from './forward-headers.ts';

type Controller = Dispatcher.DispatchController;

/** What a relay works between: the client's connection, and who is told of a call that was not answered. */
export interface RelayEnds {
  readonly request: IncomingMessage;
  readonly client: ServerResponse;
  /** Told at most once, and only while nothing was said to a client that is there. */
  readonly onFailure: (error: Error) => void;
}

/**
 * Hands an answer on to a client, no faster than it reads, and gives the call up when the client leaves.
 */
export class Relay implements Dispatcher.DispatchHandler {
  readonly #ends: RelayEnds;
  #controller: Controller | undefined;
  #isOver = false;

  constructor(ends: RelayEnds) {
    this.#ends = ends;
    ends.client.once('close', this.#leave);
    // It may have left while its request was looked at.
    if (ends.client.destroyed) this.#leave();
  }

  /** Whether there is nobody left to answer. */
  get isOver(): boolean {
    return this.#isOver;
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new Error('The client went away'));
  }

  onResponseStart(_controller: Controller, status: number, headers: IncomingHttpHeaders): void {
    // What comes before an answer is between the two ends of one connection.
    if (status < 200) return;
    const { request, client } = this.#ends;
    client.writeHead(status, answerHeaders(headers, request));
    // The head of a stream says that a node has begun; what is short comes together.
    if (headers['content-length'] === undefined) setImmediate(() => client.flushHeaders());
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    const { client } = this.#ends;
    if (client.write(chunk)) return;
    controller.pause();
    client.once('drain', () => controller.resume());
  }

  onResponseEnd(): void {
    this.#isOver = true;
    this.#ends.client.end();
  }

  onResponseError(_controller: Controller, error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { client, onFailure } = this.#ends;
    // An answer that broke off must not look as if it had ended.
    if (client.headersSent) client.destroy();
    else onFailure(error);
  }

  readonly #leave = (): void => {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#controller?.abort(new Error('The client went away'));
  };
}
