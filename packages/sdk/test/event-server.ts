import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPlexus, type PlexusOptions } from '@plexus/sdk';
import { onTestFinished } from 'vitest';

/** One chunk of a streamed answer, as an event. */
export function chunk(content: string, finishReason: string | null = null): string {
  return event({ model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: finishReason }] });
}

export function event(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

export const USAGE = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
export const END = `${chunk('', 'stop')}${event({ choices: [], usage: USAGE })}data: [DONE]\n\n`;
export const HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'x-plexus-job': 'job-1' };
export const BODY = { model: 'default', messages: [{ role: 'user' as const, content: 'Hi' }] };

interface Exchange {
  readonly path: string;
  readonly body: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** A network whose every answer a test writes by itself. */
export async function plexusBy(
  answer: (exchange: Exchange) => unknown,
  options: Partial<PlexusOptions> = {},
): Promise<{ plexus: ReturnType<typeof createPlexus>; exchanges: Exchange[] }> {
  const exchanges: Exchange[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const exchange = { path: `${request.method} ${request.url}`, body, request, response };
      exchanges.push(exchange);
      answer(exchange);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { plexus: createPlexus({ baseUrl, apiKey: 'gn_1', wait: () => Promise.resolve(), ...options }), exchanges };
}

/** A fetch whose answer comes in these pieces of bytes. */
export function cutFetch(pieces: readonly Uint8Array[], headers: Record<string, string> = HEADERS): typeof fetch {
  return () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece);
        controller.close();
      },
    });
    return Promise.resolve(new Response(body, { headers }));
  };
}

/** All pieces of a stream. */
export async function read(stream: AsyncIterable<string>): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of stream) pieces.push(piece);
  return pieces;
}
