/** Containers as a node calls them, and the configuration that names them. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, text as readText } from 'node:stream/consumers';
import type { CoordinatorOptions } from '@plexus/coordinator';
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';

/** What a container is given. */
interface ServiceInput {
  readonly source: number;
  readonly destination: number;
  // Each test gives its containers data of its own shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly data: any;
  readonly requires_proof: boolean;
}

export interface TestContainer extends AsyncDisposable {
  readonly url: string;
  /** What it was given, oldest first. */
  readonly inputs: readonly ServiceInput[];
  /** Headers of the same requests. */
  readonly headers: readonly IncomingMessage['headers'][];
}

/** Answers a request itself, in place of a JSON that is sent for it. */
type Handler = (input: ServiceInput['data'], response: ServerResponse, whole: ServiceInput) => unknown;

/**
 * An HTTP server with a container's contract.
 *
 * @param handle returns what is sent as JSON; nothing where it answers itself, or never
 */
export async function startContainer(handle: Handler): Promise<TestContainer> {
  const inputs: ServiceInput[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const server = createServer((request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.startsWith('/service-resources') === true) return sendJson(response, { asked: request.url });
    const input = (await json(request)) as ServiceInput;
    inputs.push(input);
    headers.push(request.headers);
    const output = handle(input.data, response, input);
    if (output !== undefined) sendJson(response, output);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    inputs,
    headers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** A configuration file with these containers. */
export async function infernetConfig(
  containers: readonly object[],
  rest: object = {},
): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'plexus-infernet-'));
  const path = join(folder, 'config.json');
  await writeFile(path, JSON.stringify({ containers, ...rest }));
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

/** A network whose node serves containers, with calls to that node. */
export interface InfernetWorld extends AsyncDisposable {
  readonly network: TestNetwork;
  /** Bases of the node's two listeners. */
  readonly urls: readonly string[];
  call(method: string, path: string, options?: NodeCall): Promise<NodeAnswer>;
  /** Sends a job; its id. */
  post(containers: readonly string[], data: object, options?: NodeCall): Promise<string>;
  /** The job's result when it has ended. */
  ended(id: string, options?: NodeCall): Promise<NodeAnswer['body']>;
}

interface NodeCall {
  readonly key?: string;
  readonly body?: unknown;
  /** Whence it is called; all of 127.0.0.0/8 is this machine. */
  readonly from?: string;
  readonly port?: 0 | 1;
  readonly headers?: Readonly<Record<string, string>>;
}

interface NodeAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  // Tests look into answers of every shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

interface WorldOptions {
  readonly containers: readonly object[];
  readonly config?: object;
  readonly isCompatible?: boolean;
  readonly coordinator?: Partial<CoordinatorOptions>;
}

export async function createInfernetWorld(options: WorldOptions): Promise<InfernetWorld> {
  const { isCompatible = false, coordinator = {} } = options;
  const config = await infernetConfig(options.containers, options.config);
  const network = await createTestNetwork({
    nodes: 1,
    coordinator,
    node: { ports: [0, 0], infernet: { configPath: config.path, isCompatible } },
  });
  return {
    network,
    ...callsTo(network.nodes[0]?.urls ?? []),
    async [Symbol.asyncDispose]() {
      await network[Symbol.asyncDispose]();
      await config[Symbol.asyncDispose]();
    },
  };
}

/** Calls to a node's listeners. */
export function callsTo(urls: readonly string[]): Pick<InfernetWorld, 'urls' | 'call' | 'post' | 'ended'> {
  const call: InfernetWorld['call'] = (method, path, options = {}) =>
    callFrom((urls[options.port ?? 0] ?? '') + path, method, options);
  return {
    urls,
    call,
    async post(containers, data, options) {
      const { status, body, text } = await call('POST', '/api/jobs', { ...options, body: { containers, data } });
      if (status !== 200) throw new Error(`${status} ${text}`);
      return body.id;
    },
    async ended(id, options) {
      const { text } = await call('GET', `/api/jobs/${id}/events?intermediate=true`, options);
      const last = text.trim().split('\n').at(-1) ?? '';
      return JSON.parse(last.replace(/^data: /, ''));
    },
  };
}

async function callFrom(url: string, method: string, { key, body, from, headers }: NodeCall): Promise<NodeAnswer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const sent = request(url, {
    method,
    agent: false,
    ...(from !== undefined && { localAddress: from }),
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...headers,
    },
  });
  sent.end(text);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const said = await readText(answer);
  const isJson = answer.headers['content-type']?.startsWith('application/json') === true;
  const { statusCode: status = 0 } = answer;
  return { status, headers: answer.headers, text: said, body: isJson ? JSON.parse(said) : undefined };
}
