/** A backup of a network that works hard, restored elsewhere: real processes of the built command. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPlexus } from '@plexus/sdk';
import type { TreeHead } from '@plexus/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { endedJobs, startLoad } from '../support/job-load.ts';
import { call, isBuilt, kill, Processes, runCommand, until } from '../support/processes.ts';

let before: Processes;
let after: Processes;
let folder: string;

beforeEach(() => {
  before = new Processes();
  after = new Processes();
  folder = mkdtempSync(join(tmpdir(), 'plexus-backup-'));
});
afterEach(async () => {
  await Promise.all([before.dispose(), after.dispose()]);
  rmSync(folder, { recursive: true, force: true });
});

const headOf = async (url: string): Promise<TreeHead> => (await call(`${url}/plexus/v1/log/head`, '')).body;
const ECHO = ['--services', 'echo', '--no-llm-install', '--echo-concurrency', '1000'];

it.skipIf(!isBuilt)(
  'a backup under load has all that was acknowledged before it, once, and its log contradicts no head of before',
  async () => {
    const { url, key, child } = await before.startCoordinator(0);
    await before.startNode('worker', { url, key, flags: ECHO });
    const client = (await call(`${url}/api/v1/register`, key, {})).body;
    await call(`${url}/plexus/v1/grants`, key, { account_id: client.node_id, credits: '1000000' });
    const load = startLoad(url, client.api_key, 16);
    await until('there is some history', async () => load.acknowledged.size > 500);
    const seen = await headOf(url);
    const [acknowledged, detached] = [[...load.acknowledged], [...load.detached]];
    const file = join(folder, 'busy.backup');
    const made = JSON.parse(await runCommand(['backup', file, '--home', before.home, '--json']));
    await until('work has gone on', async () => load.acknowledged.size > acknowledged.length + 200);
    const later = await headOf(url);
    await load.stop();
    await kill(child);

    expect(made).toMatchObject({ problems: [] });
    expect(made.receipts).toBeGreaterThanOrEqual(seen.tree_size);
    expect(later.tree_size).toBeGreaterThan(made.receipts);
    expect(JSON.parse(await runCommand(['backup', '--verify', file, '--json']))).toMatchObject({ problems: [] });
    await runCommand(['restore', file, '--home', after.home]);

    const restored = await after.startCoordinator(0);
    expect(restored.key).toBe(key);
    await after.startNode('worker', { url: restored.url, key, flags: ECHO });
    const states = await endedJobs(restored.url, client.api_key);
    expect(acknowledged.filter((id) => states.get(id) !== 'completed')).toEqual([]);
    expect(detached.filter((id) => !states.has(id))).toEqual([]);
    const completed = [...states.values()].filter((state) => state === 'completed').length;
    const { body: wallet } = await call(`${restored.url}/plexus/v1/wallet`, client.api_key);
    const [available, spent] = [1_001_000 - completed * 10, completed * 10].map(String);
    expect(wallet).toMatchObject({ held: '0', available, spent });

    const { body: info } = await call(`${restored.url}/plexus/v1/info`, key);
    expect(info).toMatchObject({
      ledger_sum: '0',
      log_restored: { tree_size: made.receipts, previous_log_id: seen.log_id },
    });
    await checkReceipts(restored.url, client.api_key, {
      ids: acknowledged.slice(-50),
      seen,
      coordinatorKey: info.public_key,
    });
    // A head over more than the backup has is not contradicted: it is of another log, and this one does not know it.
    const newest = await headOf(restored.url);
    expect(newest.log_id).toBe(info.log_id);
    expect(newest.log_id).not.toBe(later.log_id);
    const forked = await call(`${restored.url}/plexus/v1/log/consistency?first=${later.tree_size}`, '');
    expect(forked).toMatchObject({ status: 404, body: { error: { code: 'TREE_HEAD_NOT_FOUND' } } });
  },
  120_000,
);

interface Checked {
  readonly ids: readonly string[];
  /** A head that was shown before the backup. */
  readonly seen: TreeHead;
  readonly coordinatorKey: string;
}

/** Each receipt is valid in every part, and stands in a log of which the head that was seen is the beginning. */
async function checkReceipts(url: string, apiKey: string, { ids, seen, coordinatorKey }: Checked): Promise<void> {
  const plexus = createPlexus({ baseUrl: url, apiKey });
  for (const id of ids) {
    const receipt = await plexus.receipt(id, { knownSize: seen.tree_size });
    const report = await plexus.verifyReceipt(receipt, { coordinatorKey, knownHead: seen });
    expect(report.checks.filter(({ status }) => status !== 'ok')).toEqual([]);
  }
}
