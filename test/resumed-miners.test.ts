/** Polling miners that were cut off from their work: it is theirs until somebody else has it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, type RunningCoordinator, startCoordinator } from '@plexus/coordinator';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Answer, call } from './support/processes.ts';

const ECHO = { type: 'echo', input: { text: 'hello' } };

let home: string;
let running: RunningCoordinator;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'plexus-miners-'));
  await start();
});
afterEach(async () => {
  await running.close();
  rmSync(home, { recursive: true, force: true });
});

async function start(): Promise<void> {
  const logger = createLogger({ level: 'silent' });
  running = await startCoordinator({ home, host: '127.0.0.1', port: 0, rateLimits: 'off', logger });
}

async function newKey(): Promise<string> {
  const { body } = await call(`${running.url}/plexus/v1/keys`, running.operatorKey, { label: 'miner' });
  return String(body.api_key);
}

const ask = (key: string, path: string, body?: unknown): Promise<Answer> =>
  call(`${running.url}/v1/${path}`, key, body);
const post = (key: string, path: string, body: unknown): Promise<Answer> => ask(key, `miners/${path}`, body);
const register = (key: string): Promise<Answer> => post(key, 'register', { capabilities: ['echo'], concurrency: 3 });
const poll = async (key: string) => (await post(key, 'poll', { max_wait_seconds: 5 })).body;
const createJob = async (): Promise<string> => String((await ask(running.operatorKey, 'jobs', ECHO)).body.job_id);
const jobOf = async (id: string) => (await ask(running.operatorKey, `jobs/${id}`)).body;

it('tell their results after a restart of the coordinator, once they have registered again', async () => {
  const miner = await newKey();
  await register(miner);
  const jobId = await createJob();
  expect(await poll(miner)).toMatchObject({ job_id: jobId, constraints: { epoch: 1 } });
  await running.close(0);
  await start();
  const result = { result: 'hello', epoch: 1 };
  expect((await post(miner, `${jobId}/result`, result)).status).toBe(404);
  await register(miner);
  expect((await post(miner, `${jobId}/result`, result)).body).toMatchObject({ job_status: 'completed' });
  const { body } = await call(`${running.url}/plexus/v1/jobs/${jobId}`, running.operatorKey);
  expect(body.attempts).toEqual([expect.objectContaining({ epoch: 1, outcome: 'completed' })]);
});

it('go on with what they say the progress of, and lose what somebody else has polled', async () => {
  const [miner, other] = [await newKey(), await newKey()];
  await register(miner);
  const [kept, lost] = [await createJob(), await createJob()];
  expect([(await poll(miner)).job_id, (await poll(miner)).job_id]).toEqual([kept, lost]);
  await register(miner);
  expect(await jobOf(kept)).toMatchObject({ status: 'submitted' });
  await post(miner, 'heartbeat', { progress: { [kept]: 30 } });
  expect(await jobOf(kept)).toMatchObject({ status: 'running', progress: 30 });
  await register(other);
  expect(await poll(other)).toMatchObject({ job_id: lost, constraints: { epoch: 2 } });
  expect((await post(miner, `${lost}/result`, { result: 'x', epoch: 1 })).status).toBe(404);
  for (const [key, jobId] of [
    [miner, kept],
    [other, lost],
  ] as const) {
    expect((await post(key, `${jobId}/result`, { result: 'hello' })).body).toMatchObject({ job_status: 'completed' });
  }
});
