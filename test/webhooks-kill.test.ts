/** A coordinator that is killed owes its clients their callbacks: each comes at least once, under one id. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { call, isBuilt, kill, Processes, until } from './support/processes.ts';
import { WebhookReceiver } from './support/webhook-receiver.ts';

const KILLS = 3;
const JOBS_A_ROUND = 15;
const FLAGS = ['--rate-limits', 'off', '--egress-allow', '127.0.0.1'];
let processes: Processes;

beforeEach(() => {
  processes = new Processes();
});
afterEach(() => processes.dispose());

it.skipIf(!isBuilt)(
  'every job that was acknowledged is told, though the coordinator is killed while callbacks are sent',
  async () => {
    await using receiver = await WebhookReceiver.start();
    let coordinator = await processes.startCoordinator(0, FLAGS);
    const { url, key } = coordinator;
    const port = Number(new URL(url).port);
    const flags = ['--echo-concurrency', '50', '--services', 'echo', '--no-llm-install'];
    await processes.startNode('worker', { url, key, flags });
    const jobs: string[] = [];
    for (let round = 0; round < KILLS; round++) {
      const before = receiver.heard.length;
      for (let count = 0; count < JOBS_A_ROUND; count++) {
        const task = { service: 'echo', content: 'x', params: { delay_ms: count * 5 }, callback_url: receiver.url };
        const answer = await call(`${url}/plexus/v1/jobs`, key, task);
        if (answer.status === 201) jobs.push(answer.body.id);
      }
      await until('some callbacks came', async () => receiver.heard.length > before);
      await kill(coordinator.child);
      coordinator = await processes.startCoordinator(port, FLAGS);
      await until('the node is back', async () => (await call(`${url}/plexus/v1/info`, key)).body.online_nodes === 1);
    }
    const told = () => new Set(receiver.heard.map(({ body }) => JSON.parse(body).data.job_id));
    await until('every job is told', async () => jobs.every((id) => told().has(id)), 60_000);
    expect(jobs.length).toBe(KILLS * JOBS_A_ROUND);
    const bodies = new Map(receiver.heard.map(({ id, body }) => [id, body]));
    expect([...bodies.keys()].toSorted()).toEqual(jobs.map((id) => `msg_${id}`).toSorted());
    for (const { id, body } of receiver.heard) expect(body, id).toBe(bodies.get(id));
    await until('nothing is pending', async () => {
      const { body } = await call(`${url}/v1/webhooks?state=pending`, key);
      return body.items.length === 0;
    });
  },
  120_000,
);
