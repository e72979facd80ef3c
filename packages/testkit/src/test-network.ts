import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CoordinatorOptions, createLogger, type RunningCoordinator, startCoordinator } from '@plexus/coordinator';
import type { Books } from '@plexus/core';
import { type NodeOptions, type RunningNode, startNode } from '@plexus/node';
import { createSqliteBooks } from '@plexus/storage';

/** A whole network in one process: a coordinator on a real SQLite file and nodes that echo. */
export interface TestNetwork extends AsyncDisposable {
  readonly url: string;
  readonly home: string;
  readonly operatorKey: string;
  readonly nodes: readonly RunningNode[];
  /** Sends JSON, reads JSON. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** A new client's key with its 1,000 credits. */
  register(): Promise<{ readonly api_key: string; readonly node_id: string; readonly balance: number }>;
}

export interface CallOptions {
  readonly key?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // Tests look into answers of every shape and compare them field by field.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export interface TestNetworkOptions {
  readonly nodes: number;
  readonly coordinator?: Partial<CoordinatorOptions>;
  /** Of every node. */
  readonly node?: Partial<NodeOptions>;
  /** Stands between the coordinator and its books. */
  readonly wrapBooks?: (books: Books) => Books;
}

export async function createTestNetwork(options: TestNetworkOptions): Promise<TestNetwork> {
  const { nodes: count, coordinator = {}, node: nodeOptions = {}, wrapBooks = (books) => books } = options;
  const home = mkdtempSync(join(tmpdir(), 'plexus-test-'));
  const logger = createLogger({ level: 'silent' });
  const books = await createSqliteBooks({ path: join(home, 'plexus.db'), writer: 'inline' });
  const running = await startCoordinator({
    home,
    host: '127.0.0.1',
    port: 0,
    rateLimits: 'off',
    logger,
    books: wrapBooks(books),
    ...coordinator,
  });
  const nodes = await Promise.all(
    Array.from({ length: count }, (_, i) => startEchoNode(running, join(home, `node-${i}`), nodeOptions)),
  );
  const call = (method: string, path: string, options: CallOptions = {}) => send(running.url + path, method, options);
  return {
    url: running.url,
    home,
    operatorKey: running.operatorKey,
    nodes,
    call,
    register: async () => (await call('POST', '/api/v1/register', { body: {} })).body,
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map((node) => node.close()));
      await running.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function startEchoNode(
  { url, operatorKey }: RunningCoordinator,
  home: string,
  options: Partial<NodeOptions>,
): Promise<RunningNode> {
  const node = await startNode({
    home,
    coordinatorUrl: url,
    token: operatorKey,
    host: '127.0.0.1',
    ports: [0],
    services: ['echo'],
    installLlama: false,
    logger: createLogger({ level: 'silent' }),
    ...options,
  });
  await node.connected;
  return node;
}

async function send(url: string, method: string, { key, body, headers = {} }: CallOptions): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: bodyOf(response, text) };
}

/** What is no JSON comes as text. */
function bodyOf(response: Response, text: string): unknown {
  if (text === '') return undefined;
  return response.headers.get('content-type')?.includes('json') === true ? JSON.parse(text) : text;
}
