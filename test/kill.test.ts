/** Nodes and coordinators that are killed: real processes of the built command, real SIGKILL. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { surviveKilledCoordinators } from './support/killed-coordinators.ts';
import { call, isBuilt, kill, Processes } from './support/processes.ts';

let processes: Processes;

beforeEach(() => {
  processes = new Processes();
});
afterEach(() => processes.dispose());

interface Place {
  readonly url: string;
  readonly key: string;
  readonly concurrency: number;
}

const startEcho = (name: string, { url, key, concurrency }: Place) => {
  const flags = ['--echo-concurrency', String(concurrency), '--services', 'echo', '--no-llm-install'];
  return processes.startNode(name, { url, key, flags });
};

interface Round {
  readonly client: { readonly api_key: string };
  readonly answers: Promise<Awaited<ReturnType<typeof call>>>[];
  /** Of each answer, in milliseconds after the kill. */
  readonly lateness: number[];
  killedAt: number;
}

/** Sends 50 tasks of 200 ms at once, of a client of their own. */
async function begin(url: string, key: string): Promise<Round> {
  const client = (await call(`${url}/api/v1/register`, key, {})).body;
  const task = { task_type: 'echo', content: 'x', params: { delay_ms: 200 }, api_key: client.api_key };
  const round: Round = { client, answers: [], lateness: [], killedAt: Number.POSITIVE_INFINITY };
  const ask = async () => {
    const answer = await call(`${url}/api/v1/request`, '', task);
    round.lateness.push(Date.now() - round.killedAt);
    return answer;
  };
  round.answers.push(...Array.from({ length: 50 }, ask));
  return round;
}

/** Waits until most of the tasks run on the victim. */
async function isSeenRunning(url: string, key: string, { lateness }: Round): Promise<boolean> {
  while (lateness.length < 50) {
    const { body } = await call(`${url}/plexus/v1/nodes`, key);
    const node = body.items.find(({ name }: { name: string }) => name === 'victim');
    if (node.services[0].active >= 30) return true;
  }
  return false;
}

const killIt = it.skipIf(!isBuilt);

killIt(
  '50 tasks run on one of three nodes when it is killed: every caller has its result within 2 s, charged once',
  async () => {
    const { url, key } = await processes.startCoordinator(0);
    const { child: victim } = await startEcho('victim', { url, key, concurrency: 1000 });
    await Promise.all(['second', 'third'].map((name) => startEcho(name, { url, key, concurrency: 50 })));
    let round = await begin(url, key);
    let sent = 50;
    // Where the machine is slow, they may be over before anybody sees them.
    for (; !(await isSeenRunning(url, key, round)); sent += 50) round = await begin(url, key);
    const { client, answers, lateness } = round;
    round.killedAt = Date.now();
    await kill(victim);
    const done = await Promise.all(answers);
    expect(done.map(({ status, body }) => [status, body.status, body.cost])).toEqual(
      Array.from({ length: 50 }, () => [200, 'completed', 10]),
    );
    expect(Math.max(...lateness)).toBeLessThan(2000);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(Number(/^plexus_leases_total (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThanOrEqual(sent + 30);
    const { body } = await call(`${url}/api/v1/balance`, client.api_key);
    expect(body).toMatchObject({ balance: 500, total_spent: 500 });
    expect((await call(`${url}/plexus/v1/info`, key)).body.ledger_sum).toBe('0');
  },
  60_000,
);

killIt(
  'the coordinator is killed under load: nothing acknowledged is lost, nothing is charged twice',
  () => surviveKilledCoordinators(processes, 3),
  120_000,
);
