/** A whole network on PostgreSQL: `plexus up --database`, then its database and then itself are killed under load. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../support/postgres.mjs';
import { call, kill, until } from '../support/processes.ts';

const BIN = join(import.meta.dirname, '../../packages/cli/bin/plexus.js');
const LANES = 12;
const COST = 10;

let server: TestPostgres;
let home: string;
const started: ChildProcess[] = [];
let output = '';

beforeAll(async () => {
  server = await startPostgres();
  home = mkdtempSync(join(tmpdir(), 'plexus-on-postgres-'));
}, 60_000);
afterAll(async () => {
  await Promise.all(started.map(kill));
  await server.stop();
  rmSync(home, { recursive: true, force: true });
});

/** Starts the network of this home. @returns the coordinator's address */
async function up(port: number): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const ports = ['--coordinator-port', String(port), '--node-port', '0', '--infernet-port', '0'];
  const flags = ['--home', home, ...ports, '--no-llm-install', '--rate-limits', 'off', '--log-level', 'info', '--json'];
  const env = { ...process.env, PLEXUS_DATABASE: server.url };
  const child = spawn(process.execPath, [BIN, 'up', ...flags], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  child.stderr.on('data', (text) => (output += text));
  for await (const line of createInterface({ input: child.stdout })) {
    output += line;
    const event = JSON.parse(line);
    if (event.event === 'ready') return { url: event.coordinator, child };
  }
  throw new Error(`The network ended before it was ready: ${output}`);
}

/** Clients that ask without a pause, and remember what they were told. */
function startLoad(url: string, key: string) {
  const answered = new Set<string>();
  let isRunning = true;

  async function lane(): Promise<void> {
    while (isRunning) {
      const task = { task_type: 'echo', content: 'x', params: { delay_ms: 5 }, api_key: key };
      const answer = await call(`${url}/api/v1/request`, '', task).catch(() => undefined);
      if (answer?.status === 200 && answer.body.status === 'completed') answered.add(answer.body.task_id);
      else await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const lanes = Array.from({ length: LANES }, lane);
  const stop = async (): Promise<void> => {
    isRunning = false;
    await Promise.all(lanes);
  };
  return { answered, stop };
}

/** State by id. */
async function listJobs(url: string, key: string): Promise<Map<string, string>> {
  const jobs = new Map<string, string>();
  let after = '';
  do {
    const { body } = await call(`${url}/plexus/v1/jobs?limit=1000${after && `&after=${after}`}`, key);
    for (const { id, state } of body.items) jobs.set(id, state);
    after = body.next ?? '';
  } while (after);
  return jobs;
}

it('goes on where it was after its database and after itself were killed, and the books agree', async () => {
  let network = await up(0);
  const { url } = network;
  const port = Number(new URL(url).port);
  const operator = readFileSync(join(home, 'operator.key'), 'utf8').trim();
  const client = (await call(`${url}/api/v1/register`, '', {})).body;
  await call(`${url}/plexus/v1/grants`, operator, { account_id: client.node_id, credits: '1000000' });
  const load = startLoad(url, client.api_key);
  const more = async (what: string, count: number): Promise<void> => {
    const before = load.answered.size;
    await until(what, async () => load.answered.size >= before + count, 30_000);
  };

  for (let round = 1; round <= 3; round++) {
    await more('tasks are done', 150);
    await server.kill();
    await until('the network says that it is not ready', async () => (await fetch(`${url}/readyz`)).status === 503);
    await server.restart();
    await until('the network is ready again', async () => (await fetch(`${url}/readyz`)).ok);
  }
  await more('tasks are done again', 150);
  await kill(network.child);
  network = await up(port);
  await more('tasks are done after the restart', 150);
  await load.stop();

  await until('every job has ended', async () => {
    const jobs = await listJobs(url, client.api_key);
    return [...jobs.values()].every((state) => state !== 'queued' && state !== 'running');
  });
  const jobs = await listJobs(url, client.api_key);
  expect([...load.answered].filter((id) => jobs.get(id) !== 'completed')).toEqual([]);
  const completed = [...jobs.values()].filter((state) => state === 'completed').length;
  const { body: wallet } = await call(`${url}/plexus/v1/wallet`, client.api_key);
  expect(wallet).toMatchObject({
    held: '0',
    spent: String(completed * COST),
    available: String(1_001_000 - completed * COST),
  });
  const { body: info } = await call(`${url}/plexus/v1/info`, operator);
  expect(info.ledger_sum).toBe('0');
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('plexus_books_ready 1');
  expect(Number(/^plexus_receipt_leaves (\d+)$/m.exec(metrics)?.[1])).toBe(completed);
  const { password } = new URL(server.url);
  expect(`${output}${metrics}${JSON.stringify(info)}`).not.toContain(password);
}, 180_000);
