/** What clients and strangers may keep open or send at once has a bound, and a clear answer at it. */
import { type ClientRequest, request } from 'node:http';
import { type Books, DomainError } from '@plexus/core';
import { MAX_BODY_BYTES } from '@plexus/protocol';
import { createTestNetwork, RawNode, type TestNetwork, type TestNetworkOptions } from '@plexus/testkit';
import { afterEach, expect, it } from 'vitest';
import { until } from './support/processes.ts';

const networks: TestNetwork[] = [];
afterEach(async () => {
  for (const network of networks.splice(0)) await network[Symbol.asyncDispose]();
});

async function start(options: Omit<TestNetworkOptions, 'nodes'>): Promise<TestNetwork> {
  const network = await createTestNetwork({ nodes: 0, ...options });
  networks.push(network);
  return network;
}

/** The value of a metric, labels included in its name. */
async function metric({ url }: TestNetwork, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? Number.NaN : Number(line.slice(name.length));
}

async function connect({ url }: TestNetwork, nodeId: string, capability = 'forge'): Promise<RawNode> {
  return await RawNode.join(url, { nodeId, capability });
}

it('answers no more requests at once than it may, in the words of each dialect', async () => {
  const network = await start({ coordinator: { limits: { maxRequests: 2 } } });
  const { api_key } = await network.register();
  const node = await connect(network, 'worker');
  const body = { task_type: 'forge', content: 'x', api_key };
  const running = [1, 2].map(() => network.call('POST', '/api/v1/request', { body }));
  const tasks = [await node.next('TASK_ASSIGN'), await node.next('TASK_ASSIGN')];

  const gemmanet = await network.call('GET', '/api/v1/status');
  expect([gemmanet.status, gemmanet.headers.get('retry-after')]).toEqual([503, '1']);
  expect(gemmanet.body).toEqual({ detail: '2 requests are being answered; try again in 1 s' });
  const plexus = await network.call('GET', '/plexus/v1/info');
  expect([plexus.status, plexus.body.error.code]).toEqual([503, 'OVERLOADED']);
  const openai = await network.call('GET', '/v1/models', { key: api_key });
  expect([openai.status, openai.body.error.code]).toEqual([503, 'overloaded']);

  for (const { payload } of tasks) node.send('TASK_RESULT', { task_id: payload['task_id'], status: 'completed' });
  expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200]);
  expect((await network.call('GET', '/api/v1/status')).status).toBe(200);
  expect(await metric(network, 'plexus_http_refusals_total{code="OVERLOADED"}')).toBe(3);
  expect(await metric(network, 'plexus_http_requests_open')).toBe(1);
  node.terminate();
});

it('counts no request that broke off', async () => {
  const network = await start({ coordinator: { limits: { maxRequests: 2 } } });
  for (let i = 0; i < 4; i++) {
    const { sent } = beginUpload(network, 1000);
    await until('it has come', async () => (await metric(network, 'plexus_http_requests_open')) === 2);
    sent.destroy();
    await until('it is forgotten', async () => (await metric(network, 'plexus_http_requests_open')) === 1);
  }
  expect((await network.call('GET', '/api/v1/status')).status).toBe(200);
});

/** Begins to send a body and stops before its last byte. */
function beginUpload({ url }: TestNetwork, bytes: number): { sent: ClientRequest; status: Promise<number> } {
  const headers = { 'content-type': 'application/json', 'content-length': bytes };
  const sent = request(`${url}/api/v1/register`, { method: 'POST', headers });
  const status = new Promise<number>((resolve) => {
    sent.once('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.once('error', () => resolve(0));
  });
  sent.write(`{${' '.repeat(bytes - 2)}`);
  return { sent, status };
}

it('forgets what came of a body in chunks that is too long', async () => {
  const network = await start({});
  const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
  const sent = request(`${network.url}/api/v1/register`, { method: 'POST', headers });
  sent.on('error', () => undefined);
  const status = new Promise((resolve) => sent.once('response', (response) => resolve(response.statusCode)));
  sent.write(' '.repeat(MAX_BODY_BYTES + 1));
  expect(await status).toBe(413);
  sent.destroy();
  await until('it is forgotten', async () => (await metric(network, 'plexus_http_upload_bytes')) === 0);
});

it('receives no more of large bodies at once than it may, and forgets those that were broken off', async () => {
  const network = await start({ coordinator: { limits: { maxUploadBytes: 200_000 } } });
  const first = beginUpload(network, 150_000);
  await until('the first body came', async () => (await metric(network, 'plexus_http_upload_bytes')) === 149_999);
  const second = beginUpload(network, 100_000);
  expect(await second.status).toBe(503);
  const small = await network.register();
  expect(small.api_key).toMatch(/^gn_/);
  first.sent.destroy();
  await until('the first body is forgotten', async () => (await metric(network, 'plexus_http_upload_bytes')) === 0);
  const third = beginUpload(network, 180_000);
  third.sent.end('}');
  expect(await third.status).toBe(200);
  expect(await metric(network, 'plexus_http_upload_bytes')).toBe(0);
  expect(await metric(network, 'plexus_http_refusals_total{code="OVERLOADED"}')).toBe(1);
});

it('counts a body that is refused for its length alone, and one that is too long', async () => {
  const network = await start({});
  const tooLong = beginUpload(network, 11 * 1024 * 1024);
  expect(await tooLong.status).toBe(413);
  tooLong.sent.destroy();
  expect(await metric(network, 'plexus_http_refusals_total{code="BODY_TOO_LARGE"}')).toBe(1);
});

it('lets only so many strangers keep sockets open, and others as long as they register', async () => {
  const network = await start({ coordinator: { limits: { maxUnregistered: 1, maxSockets: 3 } } });
  const stranger = await RawNode.connect(network.url);
  await expect(RawNode.connect(network.url)).rejects.toThrow('503');
  expect(await metric(network, 'plexus_node_sockets_unregistered')).toBe(1);
  stranger.send('NODE_REGISTER', { node_id: 'a', capabilities: ['forge'] });
  await stranger.next('CREDIT_UPDATE');
  const others = [await connect(network, 'b'), await connect(network, 'c')];
  expect(await metric(network, 'plexus_node_sockets')).toBe(3);
  await expect(RawNode.connect(network.url)).rejects.toThrow('503');
  expect(await metric(network, 'plexus_node_refusals_total{code="TOO_MANY_SOCKETS"}')).toBe(2);
  stranger.terminate();
  await until('its place is free', async () => (await metric(network, 'plexus_node_sockets')) === 2);
  others.push(await connect(network, 'd'));
  for (const node of others) node.terminate();
});

it('cuts a stranger off that sends more than a registration, whole or in pieces', async () => {
  const network = await start({});
  for (const pieces of [1, 20]) {
    const stranger = await RawNode.connect(network.url);
    stranger.sendPieces('x'.repeat(1_100_000), pieces);
    await stranger.closed();
  }
  expect(await metric(network, 'plexus_node_refusals_total{code="REGISTRATION_TOO_LARGE"}')).toBe(2);
  const node = await connect(network, 'honest');
  node.sendText('x'.repeat(1_100_000));
  expect((await node.next('ERROR')).payload['code']).toBe('INVALID_MESSAGE');
  node.terminate();
});

it('says 503 and when to come back while the books do not keep up, and takes the same request later', async () => {
  let isBusy = false;
  const network = await start({ wrapBooks: (books) => busyBooks(books, () => isBusy) });
  const { api_key } = await network.register();
  const node = await connect(network, 'worker');
  isBusy = true;
  const headers = { 'idempotency-key': 'once' };
  const job = { key: api_key, headers, body: { service: 'forge', content: 'x', wait_seconds: 0 } };
  const refused = await network.call('POST', '/plexus/v1/jobs', job);
  expect([refused.status, refused.body.error.code, refused.headers.get('retry-after')]).toEqual([
    503,
    'OVERLOADED',
    '1',
  ]);
  isBusy = false;
  expect((await network.call('POST', '/plexus/v1/jobs', job)).status).toBe(201);
  const { task_id } = (await node.next('TASK_ASSIGN')).payload;
  node.send('TASK_RESULT', { task_id, status: 'completed', result: 'done' });
  await until('it is paid', async () => {
    const { body } = await network.call('GET', '/plexus/v1/wallet', { key: api_key });
    return body.available === '990' && body.held === '0';
  });
  node.terminate();
});

/** Books that sometimes have too much to write. */
function busyBooks(books: Books, isBusy: () => boolean): Books {
  const refuse = () => Promise.reject(new DomainError('OVERLOADED', 'too much waits', { retryAfterSeconds: 1 }));
  return {
    ...books,
    commit: (command) => (isBusy() ? refuse() : books.commit(command)),
    commitAll: (commands) => (isBusy() ? refuse() : books.commitAll(commands)),
  };
}
