/** Nodes and coordinators that are killed: real processes of the built command, real SIGKILL. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';

const BIN = join(import.meta.dirname, '../packages/cli/bin/plexus.js');
const isBuilt = existsSync(join(import.meta.dirname, '../packages/cli/dist/index.js'));

let home: string;
let children: ChildProcess[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'plexus-kill-'));
  children = [];
});
afterEach(async () => {
  await Promise.all(children.map(kill));
  rmSync(home, { recursive: true, force: true });
});

function start(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** The ready line of a program started with --json. */
async function ready(child: ChildProcess): Promise<Record<string, string>> {
  if (!child.stdout || !child.stderr) throw new Error('The program has no output to read');
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += chunk));
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line);
    if (event.event === 'ready') return event;
  }
  throw new Error(`The program ended before it was ready: ${errors}`);
}

const startCoordinator = async (port: number) => {
  const args = ['--home', home, '--port', String(port), '--rate-limits', 'off', '--log-level', 'warn', '--json'];
  const child = start(['coordinator', ...args]);
  const { coordinator = '' } = await ready(child);
  return { child, url: coordinator, key: readFileSync(join(home, 'operator.key'), 'utf8').trim() };
};

interface NodeSettings {
  readonly url: string;
  readonly key: string;
  readonly concurrency: number;
}

async function startNode(name: string, { url, key, concurrency }: NodeSettings): Promise<ChildProcess> {
  const place = ['--coordinator', url, '--token', key, '--home', join(home, name), '--name', name, '--port', '0'];
  const args = [...place, '--echo-concurrency', String(concurrency)];
  const child = start(['node', ...args, '--services', 'echo', '--no-llm-install', '--json', '--log-level', 'warn']);
  await ready(child);
  return child;
}

interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

async function call(url: string, key: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  return { status: response.status, body: await response.json() };
}

async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await check().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Clients that ask without a pause and remember what they were told. */
function startLoad(url: string, key: string, lanes: number) {
  const acknowledged = new Set<string>();
  const detached = new Set<string>();
  let isRunning = true;

  async function submit(i: number): Promise<Answer> {
    const params = { delay_ms: (i % 4) * 5 };
    if (i % 3 === 0) return await call(`${url}/plexus/v1/jobs`, key, { service: 'echo', content: 'x', params });
    return await call(`${url}/api/v1/request`, '', { task_type: 'echo', content: 'x', params, api_key: key });
  }

  async function run(lane: number): Promise<void> {
    for (let i = lane; isRunning; i++) {
      const answer = await submit(i).catch(() => undefined);
      if (answer?.status === 200 && answer.body.status === 'completed') acknowledged.add(answer.body.task_id);
      else if (answer?.status === 201) detached.add(answer.body.id);
      else await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  const running = Array.from({ length: lanes }, (_, lane) => run(lane));
  const stop = async () => {
    isRunning = false;
    await Promise.all(running);
  };
  return { acknowledged, detached, stop };
}

async function listStates(url: string, key: string): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  let after = '';
  do {
    const { body } = await call(`${url}/plexus/v1/jobs?limit=1000${after && `&after=${after}`}`, key);
    for (const job of body.items) states.set(job.id, job.state);
    after = body.next ?? '';
  } while (after);
  return states;
}

/** State by id of all jobs, once every one has ended. */
async function endedJobs(url: string, key: string): Promise<Map<string, string>> {
  let states = new Map<string, string>();
  await until('every job has ended', async () => {
    states = await listStates(url, key);
    return [...states.values()].every((state) => state !== 'queued' && state !== 'running');
  });
  return states;
}

const killIt = it.skipIf(!isBuilt);

killIt(
  '50 tasks run on one of three nodes when it is killed: every caller has its result within 2 s, charged once',
  async () => {
    const { url, key } = await startCoordinator(0);
    const victim = await startNode('victim', { url, key, concurrency: 1000 });
    await Promise.all(['second', 'third'].map((name) => startNode(name, { url, key, concurrency: 50 })));
    const client = (await call(`${url}/api/v1/register`, key, {})).body;
    const task = { task_type: 'echo', content: 'x', params: { delay_ms: 200 }, api_key: client.api_key };
    let killedAt = Number.POSITIVE_INFINITY;
    const lateness: number[] = [];
    const answers = Array.from({ length: 50 }, async () => {
      const answer = await call(`${url}/api/v1/request`, '', task);
      lateness.push(Date.now() - killedAt);
      return answer;
    });
    await until('most of the tasks run on the victim', async () => {
      const { body } = await call(`${url}/plexus/v1/nodes`, key);
      const node = body.items.find(({ name }: { name: string }) => name === 'victim');
      return node.services[0].active >= 30;
    });
    killedAt = Date.now();
    await kill(victim);
    const done = await Promise.all(answers);
    expect(done.map(({ status, body }) => [status, body.status, body.cost])).toEqual(
      Array.from({ length: 50 }, () => [200, 'completed', 10]),
    );
    expect(Math.max(...lateness)).toBeLessThan(2000);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(Number(/^plexus_leases_total (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThanOrEqual(80);
    const { body } = await call(`${url}/api/v1/balance`, client.api_key);
    expect(body).toMatchObject({ balance: 500, total_spent: 500 });
    expect((await call(`${url}/plexus/v1/info`, key)).body.ledger_sum).toBe('0');
  },
);

killIt(
  'the coordinator is killed 20 times under load: nothing acknowledged is lost, nothing is charged twice',
  async () => {
    let coordinator = await startCoordinator(0);
    const { url, key } = coordinator;
    const port = Number(new URL(url).port);
    await startNode('worker', { url, key, concurrency: 1000 });
    const client = (await call(`${url}/api/v1/register`, key, {})).body;
    await call(`${url}/plexus/v1/grants`, key, { account_id: client.node_id, credits: '100000' });
    const load = startLoad(url, client.api_key, 8);
    const { acknowledged, detached } = load;
    for (let round = 0; round < 20; round++) {
      const before = acknowledged.size;
      await until('work goes on', async () => acknowledged.size > before + 100);
      await kill(coordinator.child);
      coordinator = await startCoordinator(port);
    }
    const last = acknowledged.size;
    await until('work goes on after the last restart', async () => acknowledged.size > last + 10);
    await load.stop();

    const states = await endedJobs(url, client.api_key);
    const missing = [...acknowledged].filter((id) => states.get(id) !== 'completed');
    expect(missing).toEqual([]);
    expect([...detached].filter((id) => !states.has(id))).toEqual([]);
    const completed = [...states.values()].filter((state) => state === 'completed').length;
    const { body: wallet } = await call(`${url}/plexus/v1/wallet`, client.api_key);
    expect(wallet).toMatchObject({
      held: '0',
      available: String(101_000 - completed * 10),
      spent: String(completed * 10),
    });
    expect((await call(`${url}/plexus/v1/info`, key)).body.ledger_sum).toBe('0');
    expect((await call(`${url}/api/v1/nodes`, key)).body).toHaveLength(1);
  },
  120_000,
);
