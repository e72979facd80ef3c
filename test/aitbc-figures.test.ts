/** AITBC's figures against the books: what is counted along the way is what the tables say. */
import { createSqliteBooks } from '@plexus/storage';
import { createTestNetwork, RawNode, type TestNetwork } from '@plexus/testkit';
import type { Books, Job } from '@plexus/core';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

let folder: string;
let books: Books;
let network: TestNetwork;
let key: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plexus-figures-'));
  books = await createSqliteBooks({ path: join(folder, 'books.db'), writer: 'inline' });
  network = await createTestNetwork({ nodes: 2, coordinator: { books, feeBasisPoints: 250 } });
  key = (await network.register()).api_key;
});
afterAll(async () => {
  await network[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const create = async (body: object): Promise<string> =>
  (await network.call('POST', '/v1/jobs', { key, body })).body.job_id;
const ended = (id: string) => network.call('GET', `/plexus/v1/jobs/${id}?wait_seconds=5`, { key });
const stats = async () => (await network.call('GET', '/v1/marketplace/stats')).body;

/** A miner of the original system, which fails what it is given. */
async function connectBreaker(): Promise<RawNode> {
  const node = await RawNode.connect(network.url);
  node.send('node_register', { node_id: 'breaker', capabilities: ['container'] });
  await node.next('CREDIT_UPDATE');
  return node;
}

/** Jobs in every state there is. */
async function work(): Promise<void> {
  const breaker = await connectBreaker();
  const failing = await create({ type: 'container', input: { data: 1 } });
  const { task_id } = (await breaker.next('TASK_ASSIGN')).payload;
  breaker.send('task_result', { task_id, node_id: 'breaker', status: 'failed', result: 'broken' });
  await ended(failing);
  const echoes = await Promise.all(
    Array.from({ length: 6 }, (_, at) => create({ type: 'echo', input: { text: 'x', delay_ms: at } })),
  );
  await Promise.all(echoes.map(ended));
  const cancelled = await create({ type: 'whisper', input: { audio_url: 'https://example.com/a.mp3' } });
  await network.call('DELETE', `/v1/jobs/${cancelled}`, { key });
  await create({ type: 'whisper', input: { audio_url: 'https://example.com/b.mp3' } });
  await create({ type: 'echo', input: { text: 'x', delay_ms: 30_000 } });
  breaker.terminate();
}

it('begins at nothing', async () => {
  expect(await stats()).toEqual({
    total_jobs: 0,
    active_jobs: 0,
    completed_jobs: 0,
    failed_jobs: 0,
    average_completion_time: 0,
    total_volume: '0',
    active_miners: 2,
  });
});

it('equals what can be counted in the books', async () => {
  await work();
  await expect.poll(() => network.call('GET', '/v1/marketplace/stats').then(({ body }) => body.active_miners)).toBe(2);
  const jobs = await books.read.listJobs({}, { limit: 100 });
  const inState = (...states: Job['state'][]) => jobs.filter(({ state }) => states.includes(state));
  const completed = inState('completed');
  const taken = completed.map(({ createdAt, endedAt = createdAt }) => endedAt.getTime() - createdAt.getTime());
  const mean = taken.reduce((sum, ms) => sum + ms, 0) / taken.length;
  const figures = await stats();
  expect(figures).toEqual({
    total_jobs: jobs.length,
    active_jobs: inState('queued', 'running').length,
    completed_jobs: completed.length,
    failed_jobs: inState('failed', 'timed_out').length,
    average_completion_time: Math.round(mean) / 1000,
    total_volume: String(completed.length * 10),
    active_miners: 2,
  });
  expect([figures.total_jobs, figures.active_jobs, figures.completed_jobs, figures.failed_jobs]).toEqual([10, 2, 6, 1]);
});

it("a miner's figures are those of its turns and of its account, without the operator's fee", async () => {
  const jobs = await books.read.listJobs({}, { limit: 100 });
  let total = 0;
  for (const { nodeId } of network.nodes) {
    const { body } = await network.call('GET', `/v1/miners/${nodeId}/stats`);
    const record = await books.read.findNode(nodeId);
    const account = await books.read.findAccount(record?.accountId ?? '');
    const turns = jobs.flatMap(({ attempts }) => attempts.filter((attempt) => attempt.nodeId === nodeId));
    const done = turns.filter(({ outcome }) => outcome === 'completed');
    const ms = done.reduce(
      (sum, { startedAt, endedAt = startedAt }) => sum + endedAt.getTime() - startedAt.getTime(),
      0,
    );
    expect(body).toEqual({
      miner_id: nodeId,
      reputation: (await network.call('GET', `/api/v1/reputation/${nodeId}`)).body.reputation,
      total_jobs: done.length,
      success_rate: done.length === 0 ? 0 : 1,
      average_completion_time: done.length === 0 ? 0 : Math.round(ms / done.length) / 1000,
      total_earned: String(done.length * 9.75),
      active_since: record?.createdAt.toISOString(),
    });
    expect(account?.earned).toBe(BigInt(done.length) * 9_750_000n);
    total += done.length;
  }
  expect(total).toBe(6);
  const { body: breaker } = await network.call('GET', '/v1/miners/breaker/stats');
  expect(breaker).toMatchObject({ total_jobs: 1, success_rate: 0, total_earned: '0' });
});
