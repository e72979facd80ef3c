/** What a node tells of itself, and of others, in the words of seed 003; two nodes of one network. */
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createNeuroshardWorld, type NeuroshardWorld } from './support/neuroshard-world.ts';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const number = expect.any(Number);

let world: NeuroshardWorld;
let key: string;
beforeAll(async () => {
  world = await createNeuroshardWorld();
  key = world.network.operatorKey;
});
afterAll(() => world[Symbol.asyncDispose]());

const get = async (path: string, options = {}) => (await world.call('GET', path, options)).body;

describe('GET /status, /health and /network', () => {
  it('have every printed field, measured', async () => {
    const status = await get('/api/v1/status');
    expect(status).toEqual({
      node_id: world.node.nodeId,
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      uptime_seconds: number,
      status: 'running',
      role: 'driver',
      layers: [],
      peer_count: 0,
      training: { enabled: true, epoch: 0, step: 0, loss: null },
      resources: { gpu_memory_used: 0, gpu_memory_total: 0, cpu_percent: number, ram_used: number },
    });
    expect(status.resources.ram_used).toBeGreaterThan(50_000_000);
    expect(await get('/api/v1/health')).toEqual({
      healthy: true,
      checks: { gpu: 'none', network: 'ok', storage: 'ok', peers: 'none' },
    });
    const network = await get('/api/v1/network');
    expect(network).toMatchObject({
      nodes: { total: 1, drivers: 1, workers: 0, validators: 0 },
      architecture: { layers: 0, hidden_dim: 0, parameters: '0' },
      training: { epoch: 0, global_step: 0, loss: null },
    });
    expect(network.capacity.total_memory_gb).toBeGreaterThan(0);
    expect(network.capacity.used_memory_gb).toBeGreaterThan(0);
  });
});

describe('GET /metrics', () => {
  it('changes with work: requests, tokens, latency, bytes and rewards', async () => {
    const before = await get('/api/v1/metrics');
    const asked = { key, body: { prompt: 'x' } };
    await world.call('POST', '/api/v1/inference', asked);
    await world.call('POST', '/api/v1/inference', asked);
    const after = await get('/api/v1/metrics');
    expect(after).toEqual({
      timestamp: expect.stringMatching(ISO),
      inference: {
        requests_total: before.inference.requests_total + 2,
        requests_per_minute: before.inference.requests_per_minute + 2,
        avg_latency_ms: number,
        p99_latency_ms: number,
        tokens_generated: before.inference.tokens_generated + 6,
      },
      training: { steps_total: 0, steps_per_hour: 0, gradients_submitted: 0, gradients_accepted: 0 },
      network: { bytes_sent: number, bytes_received: number, active_connections: number, rpc_calls: number },
      rewards: { earned_today: number, earned_total: number, pending: 0 },
    });
    expect(after.inference.avg_latency_ms).toBeGreaterThan(0);
    expect(after.inference.p99_latency_ms).toBeGreaterThanOrEqual(after.inference.avg_latency_ms);
    for (const name of ['bytes_sent', 'bytes_received', 'rpc_calls'] as const) {
      expect(after.network[name], name).toBeGreaterThan(before.network[name]);
    }
    expect(after.rewards.earned_today - before.rewards.earned_today).toBeCloseTo(0.0008, 6);
    expect(after.rewards.earned_total).toBeGreaterThanOrEqual(after.rewards.earned_today);
  });
});

it('GET /proofs lists what the node was paid for, each with its reward', async () => {
  const { body } = await world.call('POST', '/api/v1/inference', { key, body: { prompt: 'x' } });
  const { proofs, stats } = await get('/api/v1/proofs?limit=1', { key });
  const id = body.id.replace('inf_', 'proof_');
  const timestamp = expect.stringMatching(ISO);
  expect(proofs).toEqual([{ id, type: 'inference', layer: null, timestamp, verified: true, reward: 0.0004 }]);
  expect(stats.total_submitted).toBeGreaterThan(0);
  expect(stats.total_verified).toBe(stats.total_submitted);
  expect(stats.total_reward).toBeGreaterThan(0);
});

describe('GET and PATCH /config', () => {
  const patch = (body: unknown, as = key) => world.call('PATCH', '/api/v1/config', { key: as, body });

  it('print the configuration, and change it at once', async () => {
    const before = await get('/api/v1/config', { key });
    const port = Number(new URL(world.url).port);
    expect(before).toEqual({
      node_id: world.node.nodeId,
      port,
      grpc_port: port + 1000,
      tracker_url: `${world.network.url.replace('http', 'ws')}/ws/node`,
      training: { enabled: true, batch_size: 8, learning_rate: 0.0001, diloco_steps: 500 },
      resources: { max_memory_gb: number, cpu_threads: number },
    });
    const { status, body } = await patch({ training: { batch_size: 16 }, resources: { max_memory_gb: 0.5 } });
    const updated = ['training.batch_size', 'resources.max_memory_gb'];
    const answer = { success: true, updated, restart_required: false, without_effect: ['training.batch_size'] };
    expect([status, body]).toEqual([200, answer]);
    expect((await get('/api/v1/config', { key })).training.batch_size).toBe(16);
    // The network hears what the node offers now.
    await vi.waitFor(async () => expect((await get('/api/v1/network')).capacity.total_memory_gb).toBe(0.5), 5000);
    expect((await get('/api/v1/network')).capacity.used_memory_gb).toBeLessThanOrEqual(0.5);
  });

  it('say which key has effect after a restart', async () => {
    const { resources } = await get('/api/v1/config', { key });
    const { body } = await patch({ resources: { cpu_threads: resources.cpu_threads + 1 } });
    const names = ['resources.cpu_threads'];
    expect(body).toEqual({ success: true, updated: names, restart_required: true, restart_keys: names });
  });

  it.each([
    ['an unknown key', { training: { batch_sizes: 1 } }],
    ['an unknown group', { secrets: {} }],
    ['what cannot be changed', { port: 1 }],
    ['a value that it cannot have', { training: { batch_size: 32, learning_rate: -1 } }],
    ['a text for a number', { resources: { cpu_threads: '2' } }],
    ['no object', []],
  ])('refuse %s with 400, and change nothing', async (_name, body) => {
    const before = await get('/api/v1/config', { key });
    const answer = await patch(body);
    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(await get('/api/v1/config', { key })).toEqual(before);
  });

  it("are changed by the node's owner only", async () => {
    const { api_key: other } = await world.network.register();
    const { status, body } = await patch({ training: { batch_size: 1 } }, other);
    expect([status, body.error.code]).toEqual([403, 'FORBIDDEN']);
  });
});

it('PATCH /config refuses what is not sent as JSON with 415', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
    const body = '{"training": {"batch_size": 16}}';
    const answer = await world.call('PATCH', '/api/v1/config', { key, body, headers: { 'content-type': type } });
    expect([type, answer.status, answer.body.error.code]).toEqual([type, 415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(answer.body.error.message).toContain('content-type: application/json');
  }
});

it.each(['/api/v1/peers', '/api/v1/layers', '/api/v1/config', '/api/v1/proofs', '/api/v1/wallet/balance'])(
  '%s needs a valid token',
  async (path) => {
    for (const options of [{}, { key: 'gn_0' }]) {
      const { status, body } = await world.call('GET', path, options);
      expect([status, body.error.code]).toEqual([401, 'UNAUTHORIZED']);
    }
  },
);

describe('keys', () => {
  const keyFor = async (nodeId: string): Promise<{ id: string; api_key: string }> => {
    const { api_key: first } = await world.network.register();
    const body = { scopes: [`node:${nodeId}`], spend_limit: '1' };
    return (await world.network.call('POST', '/plexus/v1/keys', { key: first, body })).body;
  };

  it('that were made for this node spend here, and nowhere else', async () => {
    const { api_key: own } = await keyFor(world.node.nodeId);
    expect((await world.call('POST', '/api/v1/inference', { key: own, body: { prompt: 'x' } })).status).toBe(200);
    expect((await world.call('GET', '/api/v1/peers', { key: own })).status).toBe(200);
    const elsewhere = await world.network.call('POST', '/api/v1/inference', { key: own, body: { prompt: 'x' } });
    expect([elsewhere.status, elsewhere.body.error.message]).toEqual([
      401,
      `This key is good at ${world.node.nodeId} only`,
    ]);
  });

  it('that were made for another node are refused', async () => {
    const { api_key: other } = await keyFor('node-0000000000000000');
    for (const path of ['/api/v1/peers', '/api/v1/wallet/balance', '/v1/models']) {
      expect((await world.call('GET', path, { key: other })).status, path).toBe(401);
    }
  });
});

it('limits status calls to a hundred a minute of an address, and says so as printed', async () => {
  await using limited = await createNeuroshardWorld({}, { rateLimits: 'on' });
  const calls = Array.from({ length: 200 }, () => limited.call('GET', '/api/v1/status'));
  const answers = await Promise.all(calls);
  const refused = answers.filter(({ status }) => status !== 200);
  expect(answers.length - refused.length).toBeGreaterThanOrEqual(100);
  const seconds = Number(refused[0]?.headers.get('retry-after'));
  const error = { code: 'RATE_LIMITED', message: 'Too many requests', details: { retry_after: seconds } };
  expect([refused[0]?.status, refused[0]?.body]).toEqual([429, { error }]);
});

it('tells what it has earned though clients of its address have used up their calls to the coordinator', async () => {
  await using limited = await createNeuroshardWorld({ rateLimits: 'on' });
  const { operatorKey } = limited.network;
  await limited.call('POST', '/api/v1/inference', { key: operatorKey, body: { prompt: 'x' } });
  const calls = Array.from({ length: 110 }, () => limited.call('GET', '/api/v1/network'));
  expect((await Promise.all(calls)).some(({ status }) => status === 429)).toBe(true);
  expect((await limited.call('GET', '/api/v1/metrics')).body.rewards.earned_total).toBe(0.0004);
});

describe('two nodes', () => {
  it('see each other with a measured latency, and one that is gone is gone from both within 2 s', async () => {
    const other = await world.addNode('node-1');
    const otherUrl = other.urls[0] ?? '';
    const seen = async (url: string) => {
      const response = await fetch(`${url}/api/v1/peers`, { headers: { authorization: `Bearer ${key}` } });
      return (await response.json()) as { peers: { id: string; latency_ms: number }[]; total: number };
    };
    await vi.waitFor(async () => expect((await seen(world.url)).total).toBe(1), 8000);
    await vi.waitFor(async () => expect((await seen(otherUrl)).total).toBe(1), 8000);
    const { peers } = await seen(world.url);
    expect(peers).toEqual([
      {
        id: other.nodeId,
        address: `127.0.0.1:${Number(new URL(otherUrl).port) + 1000}`,
        role: 'driver',
        layers: [],
        latency_ms: number,
        connected_since: expect.stringMatching(ISO),
      },
    ]);
    expect(peers[0]?.latency_ms).toBeGreaterThan(0);
    expect((await get('/api/v1/status')).peer_count).toBe(1);
    expect((await get('/api/v1/health')).checks.peers).toBe('ok');
    await other.close();
    await vi.waitFor(async () => expect((await seen(world.url)).total).toBe(0), { timeout: 2000, interval: 50 });
  });

  it('take no call of whoever has no certificate of the network', async () => {
    const other = await world.addNode('node-2');
    await vi.waitFor(async () => expect((await get('/api/v1/peers', { key })).total).toBe(1), 8000);
    const port = Number(new URL(world.url).port) + 1000;
    const ended = await new Promise<string>((resolve) => {
      const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: ['h2'] });
      socket.on('error', (error) => resolve(String(error)));
      socket.on('close', () => resolve('closed'));
      socket.on('secureConnect', () => socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'));
    });
    expect(ended).toMatch(/certificate required|closed/i);
    await other.close();
  });
});
