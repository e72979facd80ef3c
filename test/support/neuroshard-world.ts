/** A network of which one node makes text, called on that node's own port as NeuroShard's page does. */
import { createLogger } from '@plexus/coordinator';
import { type NodeOptions, type RunningNode, startNode } from '@plexus/node';
import {
  type Answer,
  type CallOptions,
  createTestNetwork,
  type TestNetwork,
  type TestNetworkOptions,
} from '@plexus/testkit';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { UpstreamServer } from '../../packages/runners/test/upstream-server.ts';
import { startEngine } from '../fuzz/engine-server.ts';

export interface NeuroshardWorld extends AsyncDisposable {
  readonly network: TestNetwork;
  readonly node: RunningNode;
  readonly engine: UpstreamServer;
  /** Base of the node's HTTP. */
  readonly url: string;
  /** Calls the node. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Starts another node, which makes text too. */
  addNode(name: string): Promise<RunningNode>;
}

export async function createNeuroshardWorld(
  coordinator: TestNetworkOptions['coordinator'] = {},
  settings: Pick<NodeOptions, 'rateLimits'> = { rateLimits: 'off' },
): Promise<NeuroshardWorld> {
  const network = await createTestNetwork({ nodes: 0, coordinator });
  const engine = await startEngine();
  const nodes: RunningNode[] = [];
  const addNode = async (name: string): Promise<RunningNode> => {
    const node = await startNode({
      home: join(network.home, name),
      coordinatorUrl: network.url,
      token: network.operatorKey,
      host: '127.0.0.1',
      ports: [0],
      upstream: { url: engine.url },
      // Engines for films and scenes would be tried by every node.
      services: ['echo', 'llm'],
      installLlama: false,
      ...settings,
      logger: createLogger({ level: 'silent' }),
    });
    nodes.push(node);
    await node.connected;
    await offered(network, node.nodeId);
    return node;
  };
  const node = await addNode('node-0');
  const url = node.urls[0] ?? '';
  return {
    network,
    node,
    engine,
    url,
    addNode,
    call: (method, path, options) => askAt(url + path, method, options),
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map((one) => one.close()));
      await network[Symbol.asyncDispose]();
      await engine.close();
    },
  };
}

/** Waits until the coordinator knows that the node makes text, which it says once its engine was found. */
async function offered(network: TestNetwork, nodeId: string): Promise<void> {
  await vi.waitFor(async () => {
    const { body } = await network.call('GET', '/api/v1/nodes?capability=llm');
    expect(body.map((node: { node_id: string }) => node.node_id)).toContain(nodeId);
  }, 5000);
}

/** Sends JSON, reads JSON. */
async function askAt(url: string, method: string, options: CallOptions = {}): Promise<Answer> {
  const { key, body, headers = {} } = options;
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
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}
