/** A coordinator does not sign a second history of its log, however its database came to be older than what it showed. */
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, type RunningCoordinator, startCoordinator } from '@plexus/coordinator';
import type { TreeHead } from '@plexus/protocol';
import { createSqliteBooks } from '@plexus/storage';
import { RawNode } from '@plexus/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadSigner } from '../packages/coordinator/src/keys/signer.ts';
import { beginLog } from '../packages/coordinator/src/log/log-periods.ts';
import { MINT_ID } from '../packages/coordinator/src/network.ts';

let home: string;
const running: RunningCoordinator[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'plexus-log-'));
});
afterEach(async () => {
  for (const coordinator of running.splice(0)) await coordinator.close();
  rmSync(home, { recursive: true, force: true });
});

async function start(): Promise<RunningCoordinator> {
  const logger = createLogger({ level: 'silent' });
  const books = await createSqliteBooks({ path: join(home, 'plexus.db'), writer: 'inline' });
  const coordinator = await startCoordinator({ home, host: '127.0.0.1', port: 0, rateLimits: 'off', logger, books });
  running.push(coordinator);
  return coordinator;
}

async function stop(coordinator: RunningCoordinator): Promise<void> {
  running.splice(running.indexOf(coordinator), 1);
  await coordinator.close();
}

async function read<T>(url: string): Promise<T> {
  // The shape is the coordinator's own, and compared field by field.
  return (await (await fetch(url)).json()) as T;
}

/** Has one task done, and answers the head over its receipt. */
async function work({ url, operatorKey }: RunningCoordinator): Promise<TreeHead> {
  const node = await RawNode.join(url, { nodeId: 'worker', capability: 'forge', token: operatorKey });
  const task = { task_type: 'forge', content: 'x', api_key: operatorKey };
  const answer = fetch(`${url}/api/v1/request`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(task),
  });
  const { task_id } = (await node.next('TASK_ASSIGN')).payload;
  node.send('TASK_RESULT', { task_id, status: 'completed', result: 'done' });
  await answer;
  node.terminate();
  return await read<TreeHead>(`${url}/plexus/v1/log/head`);
}

/** While nobody has it open; the write-ahead log belongs to it. */
function copyDatabase(from: string, to: string): void {
  for (const suffix of ['', '-wal', '-shm']) {
    rmSync(join(home, to + suffix), { force: true });
    if (existsSync(join(home, from + suffix))) cpSync(join(home, from + suffix), join(home, to + suffix));
  }
}

it('goes on where it was, and keeps the newest head that it showed for its owner only', async () => {
  const first = await start();
  const head = await work(first);
  await stop(first);
  expect(statSync(join(home, 'published.json')).mode & 0o777).toBe(0o600);
  const again = await start();
  expect(await read(`${again.url}/plexus/v1/log/head`)).toEqual(head);
  expect((await work(again)).tree_size).toBe(2);
  expect(await read(`${again.url}/plexus/v1/info`)).toMatchObject({ log_id: head.key_id, log_restored: null });
});

it('refuses books that are older than what it showed, and says what can be done', async () => {
  const first = await start();
  await work(first);
  await stop(first);
  copyDatabase('plexus.db', 'old.db');
  const second = await start();
  await work(second);
  await stop(second);
  copyDatabase('old.db', 'plexus.db');
  await expect(start()).rejects.toThrow(/it signed a log of 2 receipts .* and they have 1\..*plexus restore --new-log/);
});

it('refuses books of the same length that are others', async () => {
  const first = await start();
  await work(first);
  await stop(first);
  const shown = JSON.parse(readFileSync(join(home, 'published.json'), 'utf8'));
  writeFileSync(join(home, 'published.json'), JSON.stringify({ ...shown, root_hash: 'AAAA' }));
  await expect(start()).rejects.toThrow('and they have other ones');
});

it('begins a new log on older books when it is told to, and tells everybody where', async () => {
  const first = await start();
  const { key_id } = await work(first);
  await stop(first);
  copyDatabase('plexus.db', 'old.db');
  const second = await start();
  await work(second);
  await stop(second);
  copyDatabase('old.db', 'plexus.db');
  const { log_id } = await beginLog(home, key_id, new Date('2025-01-15T10:30:00Z'));
  const third = await start();
  const head = await work(third);
  expect(head).toMatchObject({ tree_size: 2, log_id, key_id });
  expect(await read(`${third.url}/plexus/v1/info`)).toMatchObject({
    log_id,
    log_restored: { previous_log_id: key_id, tree_size: 1, began_at: '2025-01-15T10:30:00.000Z' },
  });
  await stop(third);
  const again = await start();
  expect(await read(`${again.url}/plexus/v1/info`)).toMatchObject({ log_id, log_restored: { tree_size: 1 } });
});

it('refuses books that another home has written, and changes nothing in them until it is told to go on', async () => {
  const first = await start();
  const { log_id } = await work(first);
  await stop(first);
  for (const name of ['coordinator.key', 'published.json']) rmSync(join(home, name));
  renameSync(join(home, 'operator.key'), join(home, 'known.key'));
  const refusal = new RegExp(
    `have the log ${log_id}, and .*coordinator\\.key.*plexus restore --new-log --home ${home}`,
  );
  await expect(start()).rejects.toThrow(refusal);
  const books = await createSqliteBooks({ path: join(home, 'plexus.db'), writer: 'inline' });
  const granted = await books.read.listEntries(MINT_ID, { visible: false }, { limit: 10 });
  await books.close();
  expect(granted).toHaveLength(1);
  // The worker is its account's.
  renameSync(join(home, 'known.key'), join(home, 'operator.key'));
  await beginLog(home, loadSigner(join(home, 'coordinator.key')).keyId, new Date());
  await stop(await start());
  expect(await work(await start())).toMatchObject({ tree_size: 2, log_id: expect.not.stringContaining(log_id) });
});

it('goes on in books of its own when it has shown no receipt before', async () => {
  await stop(await start());
  expect(JSON.parse(readFileSync(join(home, 'published.json'), 'utf8'))).toMatchObject({ tree_size: 0 });
  rmSync(join(home, 'plexus.db'));
  expect((await work(await start())).tree_size).toBe(1);
});

it('does not take a damaged note of its logs for none', async () => {
  const first = await start();
  await stop(first);
  writeFileSync(join(home, 'log.json'), '[{"log_id": 1}]');
  await expect(start()).rejects.toThrow('log.json is not what this program wrote there');
});
