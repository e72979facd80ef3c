import type { Authenticator } from '@plexus/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorDialect } from './dialect.ts';
import { wordError } from './error-handler.ts';
import { EventSocket } from './event-socket.ts';
import { type KeyWatch, watchKey } from './key-watch.ts';

/** Where the events of an answer go. */
export interface EventSink {
  /**
   * Queues the text of one event or of several.
   *
   * @returns what to wait for before the next, when the client reads slower than is sent; it ends when the client is gone
   */
  send(text: string): Promise<void> | undefined;
  /** What is sent from now on was made already: a client that takes nothing of it for a while is given up. */
  hurry(): void;
}

/** An answer that is sent while it is made, as server-sent events or as plain text. */
export class EventStream {
  /** Called once the head is sent. What it throws is sent as the last event. */
  readonly write: (sink: EventSink) => Promise<void>;
  /** Called in its place when no head can be sent, and when the key is lost for which it is made. */
  readonly abandon: () => void;
  /** What is written: events, or plain text that nothing may be added to. */
  readonly form: 'events' | 'text';

  constructor({ write, abandon, form = 'events' }: Pick<EventStream, 'write' | 'abandon'> & Partial<EventStream>) {
    this.write = write;
    this.abandon = abandon;
    this.form = form;
  }
}

/** The longest delay that a timer takes: plain text has no comments that could keep a connection alive. */
const NEVER_MS = 0x7fff_ffff;

/** Source: the HTML standard, "Server-sent events"; nginx, "X-Accel-Buffering". */
const HEADERS = {
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
};

const CONTENT_TYPES = { events: 'text/event-stream; charset=utf-8', text: 'text/plain; charset=utf-8' } as const;

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly errors: ErrorDialect;
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
}

/**
 * Sends an answer as its events come; returns when it has ended, or its client is gone and the work too.
 *
 * @throws when no head can be sent; nothing is sent then
 */
export async function sendEvents(
  stream: EventStream,
  { request, reply, errors, authenticator }: Exchange,
): Promise<FastifyReply> {
  beginAnswer(stream, reply);
  const key = watchKey(request, authenticator);
  const socket = new EventSocket(reply.raw, stream.form === 'text' ? { keepAliveMs: NEVER_MS } : {});
  try {
    await writtenWhileGood(stream, socket, key);
  } catch (error) {
    const cause = error instanceof Error ? error : new Error('A stream failed', { cause: error });
    socket.hurry();
    const refusal = JSON.stringify(wordError(cause, errors, request).body);
    await socket.send(stream.form === 'text' ? `\n${refusal}\n` : `data: ${refusal}\n\n`);
  } finally {
    key.stop();
    socket.end();
  }
  return reply;
}

/** @throws {DomainError} when the key is lost before the end; the work is given up then */
async function writtenWhileGood(stream: EventStream, socket: EventSocket, { lost }: KeyWatch): Promise<void> {
  lost.catch(() => stream.abandon());
  await Promise.race([stream.write(socket), lost]);
}

function beginAnswer({ abandon, form }: EventStream, reply: FastifyReply): void {
  const headers = Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined);
  try {
    reply.raw.writeHead(200, { ...Object.fromEntries(headers), ...HEADERS, 'content-type': CONTENT_TYPES[form] });
  } catch (error) {
    abandon();
    // The refusal could not be sent with them either.
    for (const [name] of headers) reply.removeHeader(name);
    throw error;
  }
  reply.hijack();
}
