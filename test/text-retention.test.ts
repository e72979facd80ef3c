/** A coordinator that keeps the texts of its jobs for a while only. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CoordinatorOptions, createLogger, type RunningCoordinator, startCoordinator } from '@plexus/coordinator';
import { createMemoryBooks, RawNode } from '@plexus/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Answer, call, until } from './support/processes.ts';

let home: string;
let running: RunningCoordinator | undefined;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'plexus-retention-'));
});
afterEach(async () => {
  await running?.close();
  running = undefined;
  rmSync(home, { recursive: true, force: true });
});

async function start(options: Partial<CoordinatorOptions> = {}): Promise<RunningCoordinator> {
  await running?.close();
  const place = {
    home,
    host: '127.0.0.1',
    port: 0,
    rateLimits: 'off',
    logger: createLogger({ level: 'silent' }),
  } as const;
  return (running = await startCoordinator({ ...place, ...options }));
}

const ask = (url: string, key: string, content: string): Promise<Answer> =>
  call(`${url}/api/v1/request`, key, { task_type: 'forge', content, api_key: key }, { 'idempotency-key': 'once' });

it('removes them, keeps money and proofs, and does not take a job without them for one without a result', async () => {
  const first = await start();
  const key = first.operatorKey;
  const node = await RawNode.join(first.url, { nodeId: 'worker', capability: 'forge', token: key });
  const answer = ask(first.url, key, 'to be forgotten');
  const { task_id } = (await node.next('TASK_ASSIGN')).payload;
  node.send('TASK_RESULT', { task_id, status: 'completed', result: 'done' });
  expect((await answer).body).toMatchObject({ result: 'done', cost: 10 });
  node.terminate();

  const { url } = await start({ keepJobsDays: 0 });
  const jobUrl = `${url}/plexus/v1/jobs/${String(task_id)}`;
  await until('its texts are removed', async () => (await call(jobUrl, key)).body.texts_removed);
  const { body: job } = await call(jobUrl, key);
  expect(job).toMatchObject({ state: 'completed', result: null, cost: '10', units: 1 });
  const again = await ask(url, key, 'to be forgotten');
  expect(again).toMatchObject({ status: 410, body: { detail: expect.stringContaining('its result was removed') } });
  expect((await ask(url, key, 'something else')).status).toBe(409);
  expect((await call(`${url}/plexus/v1/wallet`, key)).body).toMatchObject({ spent: '10', held: '0' });
  const receipt = await call(`${url}/plexus/v1/receipts/${job.receipt_id}`, key);
  expect(receipt.body).toMatchObject({
    price: '10',
    metadata: { input_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
  });
  expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/^plexus_job_texts_removed_total 1$/m);
});

it('refuses to start where the storage cannot remove them', async () => {
  await expect(start({ books: createMemoryBooks(), keepJobsDays: 1 })).rejects.toThrow('--keep-jobs');
});
