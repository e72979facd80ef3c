import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (response: ServerResponse, body: Record<string, unknown>) => void | Promise<void>;

export interface UpstreamServer {
  readonly url: string;
  readonly requests: { path: string; authorization: string | undefined; body: Record<string, unknown> }[];
  /** By path below /v1; a path without an answer is a 404. */
  readonly answers: Record<string, Answer>;
  close(): Promise<void>;
}

export const USAGE = { prompt_tokens: 3, completion_tokens: 4 };

/** A server that speaks as much of OpenAI's API as its answers say. */
export async function startUpstream(answers: Record<string, Answer>): Promise<UpstreamServer> {
  const requests: UpstreamServer['requests'] = [];
  const all: Record<string, Answer> = {
    '/models': (response) => sendJson(response, 200, { object: 'list', data: [{ id: 'm1' }, { id: 'm2' }] }),
    ...answers,
  };
  const server = createServer((request, response) => {
    void serve(request, response).catch(() => response.destroy());
  });
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace('/v1', '');
    const body = await bodyOf(request);
    requests.push({ path, authorization: request.headers.authorization, body });
    const answer = all[path];
    if (answer) await answer(response, body);
    else sendJson(response, 404, { error: { message: `no ${path}` } });
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return { url: `http://127.0.0.1:${port}/v1`, requests, answers: all, close: () => (closed ??= stop(server)) };
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const piece of request) text += String(piece);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

async function stop(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export function event(data: unknown): string {
  return `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
}

/** Sends each piece in a write of its own. */
export async function sendStream(response: ServerResponse, pieces: Iterable<string | Uint8Array>): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const piece of pieces) {
    if (response.destroyed) return;
    await new Promise((resolve) => response.write(piece, resolve));
  }
  response.end();
}

export function completion(
  texts: readonly string[],
  last: readonly unknown[] = [{ choices: [], usage: USAGE }, '[DONE]'],
) {
  const pieces = texts.map((text) => ({ choices: [{ index: 0, text, finish_reason: null }] }));
  const finish = { choices: [{ index: 0, text: '', finish_reason: 'stop' }] };
  return [...pieces, finish, ...last].map(event);
}
