import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { closeInStages } from '@plexus/listener';
import { answerHeaders } from './forward-headers.ts';

/** What a relay works between: the client's connection, and who is told of a call that was not answered. */
export interface RelayEnds {
  readonly request: IncomingMessage;
  readonly client: ServerResponse;
  /** Told at most once, and only while nothing was said to a client that is there. */
  readonly onFailure: (error: Error) => void;
}

/** Hands an answer on to a client, no faster than it reads, and gives the call up when the client leaves. */
export class Relay {
  readonly #ends: RelayEnds;
  #sent: ClientRequest | undefined;
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

  /** Waits for the answer to a call. */
  follow(sent: ClientRequest): void {
    this.#sent = sent;
    sent.once('response', (answer) => this.#take(answer));
    sent.on('error', (error) => this.fail(error));
  }

  /** The call came to nothing. */
  fail(error: Error): void {
    if (this.#isOver) return;
    this.#end();
    const { client, onFailure } = this.#ends;
    // An answer that broke off must not look as if it had ended.
    if (client.headersSent) client.destroy();
    else onFailure(error);
  }

  /** What calls itself an answer may have a status or a header that no answer can have. */
  #take(answer: IncomingMessage): void {
    try {
      this.#begin(answer);
    } catch (error) {
      answer.destroy();
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #begin(answer: IncomingMessage): void {
    const { request, client } = this.#ends;
    closeInStages(request);
    client.writeHead(answer.statusCode ?? 502, answerHeaders(answer.headers, request));
    // The head of a stream says that a node has begun; what is short comes together.
    if (answer.headers['content-length'] === undefined) setImmediate(() => client.flushHeaders());
    answer.on('data', (chunk: Buffer) => {
      if (client.write(chunk)) return;
      answer.pause();
      client.once('drain', () => answer.resume());
    });
    answer.once('error', (error) => this.fail(error));
    answer.once('end', () => {
      this.#end();
      client.end();
    });
  }

  /** What was answered before its end must not be gone on with under the next call. */
  #end(): void {
    this.#isOver = true;
    if (this.#sent?.writableFinished === false) this.#sent.destroy();
  }

  readonly #leave = (): void => {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sent?.destroy();
  };
}
