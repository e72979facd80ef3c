/** A server that speaks as much of Docker's API as a test says, on a socket of its own. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngineHttp } from '../src/oci/engine-http.ts';
import type { FoundEngine } from '../src/oci/find-engine.ts';

interface Asked {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface FakeEngine extends FoundEngine {
  readonly socketPath: string;
  readonly asked: Asked[];
}

type Answer = (response: ServerResponse, asked: Asked) => void;

/** @param answers by the beginning of `METHOD /path`; the first that fits is given */
export async function fakeEngine(answers: Readonly<Record<string, Answer>>): Promise<FakeEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'plexus-fake-engine-'));
  const socketPath = join(folder, 'engine.sock');
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const one = { line: `${request.method} ${request.url}`, headers: request.headers, body };
      asked.push(one);
      const [, answer] = Object.entries(answers).find(([start]) => one.line.startsWith(start)) ?? [];
      if (answer) answer(response, one);
      else response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"no such thing"}');
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    socketPath,
    asked,
    http: createEngineHttp(socketPath),
    description: 'Fake 1.0',
    ceilings: { openFiles: 1000, processes: 500 },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function json(value: unknown, status = 200): Answer {
  return (response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
