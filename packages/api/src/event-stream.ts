import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorDialect } from './dialect.ts';
import { wordError } from './error-handler.ts';
import { EventSocket } from './event-socket.ts';

/** Where the events of an answer go. */
export interface EventSink {
  /**
   * Queues the text of one event or of several.
   *
   * @returns what to wait for before the next, when the client reads slower than is sent; it ends when the client is gone
   */
  send(text: string): Promise<void> | undefined;
}

/** An answer that is sent while it is made, as server-sent events. What `write` throws is sent as its last event. */
export class EventStream {
  readonly write: (sink: EventSink) => Promise<void>;

  constructor(write: (sink: EventSink) => Promise<void>) {
    this.write = write;
  }
}

/** Source: the HTML standard, "Server-sent events"; nginx, "X-Accel-Buffering". */
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
};

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly errors: ErrorDialect;
}

/** Sends an answer as its events come; returns when it has ended, or its client is gone and the work too. */
export async function sendEvents({ write }: EventStream, { request, reply, errors }: Exchange): Promise<FastifyReply> {
  reply.hijack();
  const { raw } = reply;
  const headers = Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  raw.writeHead(200, { ...Object.fromEntries(headers), ...HEADERS });
  const socket = new EventSocket(raw);
  try {
    await write(socket);
  } catch (error) {
    const cause = error instanceof Error ? error : new Error('A stream failed', { cause: error });
    await socket.send(`data: ${JSON.stringify(wordError(cause, errors, request).body)}\n\n`);
  } finally {
    socket.end();
  }
  return reply;
}
