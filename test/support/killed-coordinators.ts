/** A coordinator that is killed again and again while clients ask it, and what must hold afterwards. */
import { expect } from 'vitest';
import { endedJobs, startLoad } from './job-load.ts';
import { call, kill, type Processes, until } from './processes.ts';

const CREDITS = 100_000;
/** What an account begins with. */
const FIRST_CREDITS = 1000;
const LANES = 8;

/** Kills the coordinator so many times, and expects that nothing acknowledged is lost and nothing is charged twice. */
export async function surviveKilledCoordinators(processes: Processes, kills: number): Promise<void> {
  let coordinator = await processes.startCoordinator(0);
  const { url, key } = coordinator;
  const port = Number(new URL(url).port);
  const flags = ['--echo-concurrency', '1000', '--services', 'echo', '--no-llm-install'];
  await processes.startNode('worker', { url, key, flags });
  const client = (await call(`${url}/api/v1/register`, key, {})).body;
  await call(`${url}/plexus/v1/grants`, key, { account_id: client.node_id, credits: String(CREDITS) });
  const load = startLoad(url, client.api_key, LANES);
  const { acknowledged } = load;
  for (let round = 0; round < kills; round++) {
    const before = acknowledged.size;
    await until('work goes on', async () => acknowledged.size > before + 100);
    await kill(coordinator.child);
    coordinator = await processes.startCoordinator(port);
  }
  const last = acknowledged.size;
  await until('work goes on after the last restart', async () => acknowledged.size > last + 10);
  await load.stop();
  await expectWhole(load, url, { operator: key, client: client.api_key });
}

/** Every job that was acknowledged is there, ended, and paid once. */
async function expectWhole(
  { acknowledged, detached }: ReturnType<typeof startLoad>,
  url: string,
  keys: { readonly operator: string; readonly client: string },
): Promise<void> {
  const states = await endedJobs(url, keys.client);
  const missing = [...acknowledged].filter((id) => states.get(id) !== 'completed');
  expect(missing).toEqual([]);
  expect([...detached].filter((id) => !states.has(id))).toEqual([]);
  const completed = [...states.values()].filter((state) => state === 'completed').length;
  const { body: wallet } = await call(`${url}/plexus/v1/wallet`, keys.client);
  expect(wallet).toMatchObject({
    held: '0',
    available: String(CREDITS + FIRST_CREDITS - completed * 10),
    spent: String(completed * 10),
  });
  expect((await call(`${url}/plexus/v1/info`, keys.operator)).body.ledger_sum).toBe('0');
  expect((await call(`${url}/api/v1/nodes`, keys.operator)).body).toHaveLength(1);
}
