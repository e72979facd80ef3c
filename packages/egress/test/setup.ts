import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { EgressError, EgressRequest, Resolver } from '../src/index.ts';

const LIMITS = { maxBytes: 10_000, timeoutMs: 10_000 };

/** A server of this test on a loopback address. */
export interface Place {
  readonly port: number;
  readonly url: string;
  /** What it was asked, in order. */
  readonly heard: readonly Pick<IncomingMessage, 'url' | 'headers' | 'method'>[];
}

export async function serve(answer: RequestListener, address = '127.0.0.1', port = 0): Promise<Place> {
  const heard: IncomingMessage[] = [];
  const server: Server = createServer((request, response) => {
    heard.push(request);
    answer(request, response);
  });
  server.listen(port, address);
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  // A server on a port has an address of that kind.
  const { port: taken } = server.address() as AddressInfo;
  return { port: taken, url: `http://${address}:${taken}/`, heard };
}

/** A request whose only limits are generous. */
export function request(url: string, changes: Partial<EgressRequest> = {}): EgressRequest {
  return { url, ...LIMITS, ...changes };
}

/** The code that something fails with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'it succeeded',
    (error: EgressError) => error.code,
  );
}

/** A resolver with one answer a question, and how often it was asked. */
export function answering(...answers: readonly (readonly string[])[]) {
  const asked: string[] = [];
  const resolve: Resolver = async (name) => {
    asked.push(name);
    return answers[Math.min(asked.length, answers.length) - 1] ?? [];
  };
  return { resolve, asked };
}

export const textOf = ({ body }: { readonly body: Uint8Array }) => Buffer.from(body).toString();
