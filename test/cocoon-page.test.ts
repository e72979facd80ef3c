/** The requests that the Cocoon manager's page prints, as it prints them, against a network and a worker that answers. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { readMetrics } from './support/prometheus-parser.ts';
import { until } from './support/processes.ts';

/** What the page abbreviates. */
const WALLET = 'UQDtFpEwcFAEcRe5mLVh2N6C0x-_hJEM7W61_JLnSF74p9dz';
const API = '/api/v1';

const PARTICIPANT = {
  ton_wallet_address: WALLET,
  telegram_user_id: 123456789,
  username: 'user123',
  email: 'user@example.com',
};
const PAYOUT = {
  participant_id: 1,
  transaction_hash: 'abc123...',
  amount_ton: 25.5,
  amount_usd: 89.25,
  from_address: 'UQPool...',
  to_address: 'UQParticipant...',
  transaction_time: '2025-01-15T10:30:00Z',
  period_start: '2025-01-08T00:00:00Z',
  period_end: '2025-01-15T00:00:00Z',
};
/** As the manager's workers answer, with the line break that the real one begins with. */
const STATS = {
  gpu: { utilization: 87.5, memory_used: 40.5, memory_total: 80, temperature: 65, power_usage: 300 },
  requests: { total: 1000, success: 990, failed: 10 },
  revenue: { ton: 65.3 },
};

let network: TestNetwork;
let worker: Server;
let statsPort = 0;
/** The node of the network is the first one. */
let workerId = 0;

beforeAll(async () => {
  worker = createServer((_request, response) => response.end(`\n${JSON.stringify(STATS)}`));
  await new Promise<void>((resolve) => worker.listen(0, '127.0.0.1', resolve));
  statsPort = (worker.address() as AddressInfo).port;
  const fleet = { readsPerMinute: 1000, writesPerMinute: 20 };
  network = await createTestNetwork({ nodes: 1, coordinator: { rateLimits: 'on', fleet } });
});
afterAll(async () => {
  await network[Symbol.asyncDispose]();
  worker.closeAllConnections();
  worker.close();
});

const call = (method: string, path: string, body?: unknown) =>
  network.call(method, API + path, { key: network.operatorKey, ...(body !== undefined && { body }) });

describe('the page', () => {
  it('registers a participant', async () => {
    const { status, body } = await call('POST', '/participants', PARTICIPANT);
    expect(status).toBe(201);
    expect(body).toMatchObject({ ...PARTICIPANT, id: 1, is_active: true, total_workers: 0, last_payout_date: null });
    const again = await call('POST', '/participants', PARTICIPANT);
    expect([again.status, again.body]).toEqual([400, { detail: 'Wallet address already registered' }]);
    const wrong = await call('POST', '/participants', { ton_wallet_address: 'UQAbc...xyz' });
    expect(wrong.status).toBe(422);
    expect(wrong.body.detail).toMatchObject([
      { type: 'string_pattern_mismatch', loc: ['body', 'ton_wallet_address'], input: 'UQAbc...xyz' },
    ]);
    const unpaid = await call('POST', '/payouts', { ...PAYOUT, amount_ton: 0 });
    expect(unpaid.body.detail).toMatchObject([{ type: 'greater_than', loc: ['body', 'amount_ton'], ctx: { gt: 0 } }]);
  });

  it('adds a worker, which is asked at once', async () => {
    const asked = { participant_id: 1, worker_name: 'Worker-0', instance_number: 0, host: 'localhost' };
    const printed = { ...asked, stats_port: statsPort, price_coefficient: 1.0 };
    const { status, body } = await call('POST', '/workers', printed);
    expect(status).toBe(201);
    expect(body).toMatchObject({ ...printed, is_active: true, cid: null });
    workerId = body.id;
    const path = `/workers/${workerId}`;
    await until('the worker has answered', async () => (await call('GET', path)).body.latest_status === 'healthy');
    const listed = await call('GET', '/workers?participant_id=1&is_active=true');
    expect(listed.body).toMatchObject([{ latest_gpu_utilization: 87.5, latest_revenue_ton: 65.3 }]);
    const metrics = await call('GET', `${path}/metrics?hours=24`);
    expect(metrics.body).toMatchObject({ worker_name: 'Worker-0', period_hours: 24, metrics_count: 1 });
    expect(metrics.body.metrics[0]).toMatchObject({
      status: 'healthy',
      gpu_utilization: 87.5,
      gpu_temperature: 65,
      inference_requests_total: 1000,
      avg_inference_latency_ms: null,
      revenue_ton: 65.3,
    });
    const stats = await call('GET', `${path}/stats`);
    expect(stats.body).toMatchObject({ avg_gpu_utilization: 87.5, uptime_percentage: 100, total_revenue_ton: 0 });
  });
});

describe("the page's figures", () => {
  it('shows the seven metrics to an independent parser', async () => {
    const metrics = readMetrics(await (await fetch(`${network.url}/metrics`)).text());
    const named = { worker_name: 'Worker-0', worker_id: String(workerId) };
    const valueOf = (name: string) =>
      metrics.get(name)?.samples.find(({ labels }) => labels['worker_id'] === String(workerId))?.value;
    expect(metrics.get('cocoon_worker_status')?.samples).toContainEqual({
      name: 'cocoon_worker_status',
      labels: { ...named, participant_id: '1', instance: '0' },
      value: 1,
    });
    expect(valueOf('cocoon_gpu_utilization')).toBe(87.5);
    expect(valueOf('cocoon_gpu_memory_used_gb')).toBe(40.5);
    expect(valueOf('cocoon_gpu_temperature_celsius')).toBe(65);
    expect(valueOf('cocoon_revenue_ton')).toBe(65.3);
    expect(valueOf('cocoon_inference_requests_total')).toBe(1000);
    expect(valueOf('cocoon_inference_requests_failed_total')).toBe(10);
    expect(metrics.get('cocoon_worker_errors_total')?.type).toBe('counter');
    expect(metrics.get('cocoon_inference_latency_seconds')?.type).toBe('histogram');
  });

  it('sends figures over a WebSocket, all or those asked for', async () => {
    const socket = new WebSocket(`${network.url.replace('http', 'ws')}/ws/metrics`);
    const said: { metric: string; value: number; unit: string; timestamp: string }[] = [];
    socket.on('message', (data: Buffer) => said.push(JSON.parse(data.toString())));
    await until('all figures came', async () => said.some(({ metric }) => metric === 'cocoon_worker_alert'));
    expect(said).toContainEqual(expect.objectContaining({ metric: 'cocoon_revenue_ton', value: 65.3, unit: 'ton' }));
    const counted = said.find(({ metric }) => metric === 'cocoon_inference_latency_seconds_count');
    expect(counted?.unit).toBe('requests');
    const before = said.length;
    socket.send(JSON.stringify({ action: 'subscribe', metrics: ['gpu_utilization'], interval_sec: 1 }));
    await until('what was asked for came twice', async () => said.length >= before + 2);
    expect(new Set(said.slice(before).map(({ metric }) => metric))).toEqual(new Set(['cocoon_gpu_utilization']));
    socket.terminate();
  });
});

describe("the page's payouts", () => {
  it('changes a worker', async () => {
    const { body } = await call('PATCH', `/workers/${workerId}`, { is_active: false, price_coefficient: 1.2 });
    expect(body).toMatchObject({ is_active: false, price_coefficient: 1.2 });
    expect((await call('GET', '/workers?participant_id=1&is_active=true')).body).toEqual([]);
  });

  it('records payouts, adds them up and reports them', async () => {
    const { status, body } = await call('POST', '/payouts', PAYOUT);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      ...PAYOUT,
      id: 1,
      confirmed: false,
      unverified: true,
    });
    expect((await call('POST', '/payouts', PAYOUT)).body).toEqual({ detail: 'Transaction already recorded' });
    expect((await call('GET', '/payouts?participant_id=1&limit=100')).body).toHaveLength(1);
    expect((await call('GET', '/payouts/1')).body).toEqual(body);
    const summary = await call('GET', '/payouts/participant/1/summary');
    expect(summary.body).toMatchObject({ total_payouts: 1, total_amount_ton: 25.5, total_amount_usd: 89.25 });
    const report = await fetch(`${network.url}${API}/payouts/export/tax-report?participant_id=1&year=2025`, {
      headers: { 'x-api-key': network.operatorKey },
    });
    expect(report.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(report.headers.get('content-disposition')).toMatch(
      /^attachment; filename=cocoon_payouts_tax_report_\d{8}\.csv$/,
    );
    expect((await report.text()).split('\r\n')[1]).toBe(
      `2025-01-15 10:30:00,abc123...,1,${WALLET},25.5,89.25,UQPool...,No,,,`,
    );
    const participant = await call('GET', `/participants/wallet/${WALLET}`);
    expect(participant.body).toMatchObject({
      total_workers: 1,
      active_workers: 0,
      total_revenue_ton: 65.3,
      total_payouts: 1,
    });
  });

  it('says what is wrong in its own form', async () => {
    expect((await call('GET', '/workers/99')).body).toEqual({ detail: 'Worker not found' });
    expect((await call('GET', '/participants/99')).body).toEqual({ detail: 'Participant not found' });
    expect((await call('GET', '/payouts/99')).body).toEqual({ detail: 'Payout not found' });
    const tooMany = await call('GET', '/payouts?limit=1001');
    expect([tooMany.status, tooMany.body.detail[0].loc]).toEqual([422, ['query', 'limit']]);
    const tooFine = await call('POST', '/payouts', { ...PAYOUT, transaction_hash: 'x', amount_ton: 0.0000000001 });
    expect([tooFine.status, tooFine.body.detail[0].loc]).toEqual([422, ['body', 'amount_ton']]);
  });
});

it('adds up payouts of the most that is taken', async () => {
  const most = { ...PAYOUT, amount_ton: 9_000_000_000 };
  for (let number = 0; number < 2; number++) {
    expect((await call('POST', '/payouts', { ...most, transaction_hash: `most ${number}` })).status).toBe(201);
  }
  const more = await call('POST', '/payouts', { ...most, transaction_hash: 'more', amount_ton: 9_000_000_001 });
  expect(more.status).toBe(422);
  const summary = await call('GET', '/payouts/participant/1/summary');
  expect(summary.body).toMatchObject({ total_payouts: 3, total_amount_ton: 18_000_000_025.5 });
});

it('a node hands the same on, under the address of its client', async () => {
  const [nodeUrl = ''] = network.nodes[0]?.urls ?? [];
  const answer = await fetch(`${nodeUrl}${API}/workers/${workerId}`, { headers: { 'x-api-key': network.operatorKey } });
  expect([answer.status, answer.headers.get('x-ratelimit-limit')]).toEqual([200, '1000']);
  expect(await answer.json()).toMatchObject({ worker_name: 'Worker-0' });
});

it('a node of the network is a worker of the fleet without set-up, with figures that were measured', async () => {
  const node = network.nodes[0];
  const mine = async () =>
    (await call('GET', '/workers')).body.find(
      ({ worker_name: name }: { worker_name: string }) => name === node?.nodeId,
    );
  await until('the node has answered', async () => (await mine())?.latest_status === 'healthy');
  const stats = JSON.parse(await (await fetch(`${node?.urls[0]}/jsonstats`)).text());
  expect(stats).toMatchObject({ enabled: true, requests: { failed: 0 }, revenue: { ton: 0 } });
  expect(stats.host.memory_total).toBeGreaterThan(stats.host.memory_used);
  const metrics = readMetrics(await (await fetch(`${node?.urls[0]}/metrics`)).text());
  expect(metrics.get('cocoon_worker_status')?.samples.length).toBeGreaterThan(0);
  expect(metrics.get('plexus_node_connected')?.samples).toHaveLength(1);
});

it.each([
  { host: '0.0.0.0', statsHost: 'localhost', statsPort: undefined },
  { host: '0.0.0.0', statsHost: '127.0.0.1', statsPort: 0 },
])(
  'a node on all addresses is a worker at the one that it is told: $statsHost',
  async ({ host, statsHost, statsPort }) => {
    const node = { host, statsHost, ...(statsPort !== undefined && { statsPort }) };
    await using other = await createTestNetwork({ nodes: 1, node });
    const listed = async () => (await other.call('GET', `${API}/workers`, { key: other.operatorKey })).body;
    await until('the node has answered', async () => (await listed())[0]?.latest_status === 'healthy');
    expect(await listed()).toMatchObject([{ worker_name: other.nodes[0]?.nodeId, host: statsHost }]);
  },
);

it('a node hands on the figures of the WebSocket, too', async () => {
  const socket = new WebSocket(`${network.nodes[0]?.urls[0]?.replace('http', 'ws')}/ws/metrics`);
  const said = new Set<string>();
  socket.on('message', (data: Buffer) => said.add(JSON.parse(data.toString()).metric));
  await until('figures came', async () => said.has('cocoon_worker_status'));
  socket.terminate();
});

it('lets a reader of the WebSocket go that asks without an end', async () => {
  const socket = new WebSocket(`${network.url.replace('http', 'ws')}/ws/metrics`);
  socket.on('open', () => {
    for (let asked = 0; asked < 1200; asked++) socket.send('{}');
  });
  const [code] = await once(socket, 'close');
  expect(code).toBe(1008);
});

it('keeps wallets, e-mails and payouts from whoever has no right to them', async () => {
  const { api_key: key } = await network.register();
  const paths = ['/participants/1', `/participants/wallet/${WALLET}`, '/payouts/1', '/payouts/participant/1/summary'];
  for (const path of [
    ...paths,
    '/payouts?participant_id=1',
    '/payouts/export/tax-report?participant_id=1',
    '/workers/1',
  ]) {
    expect((await network.call('GET', API + path)).status, path).toBe(401);
    expect((await network.call('GET', API + path, { key })).status, path).toBe(403);
  }
  for (const path of ['/participants', '/payouts', '/workers']) {
    expect((await network.call('GET', API + path, { key })).body, path).toEqual([]);
  }
  expect((await network.call('POST', `${API}/payouts`, { key, body: PAYOUT })).status).toBe(403);
});

it('limits the writes of an address', async () => {
  const statuses: number[] = [];
  let refused;
  for (let tries = 0; tries < 25 && !refused; tries++) {
    const answer = await call('PATCH', `/workers/${workerId}`, {});
    statuses.push(answer.status);
    if (answer.status === 429) refused = answer;
  }
  expect(refused?.headers.get('x-ratelimit-limit')).toBe('20');
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await call('GET', `/workers/${workerId}`)).status).toBe(200);
});
