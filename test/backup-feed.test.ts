/** Where the feed goes on after a restore. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqliteBooks } from '@plexus/storage';
import { createTestNetwork } from '@plexus/testkit';
import { beforeEach, afterEach, expect, it } from 'vitest';
import { loadSigner } from '../packages/coordinator/src/keys/signer.ts';
import { openLog } from '../packages/coordinator/src/log/open-log.ts';
import { runTask } from '../packages/coordinator/src/backup/tasks.ts';

let folder: string;
let file: string;

/** A backup of a network that has told 12 events. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plexus-backup-feed-'));
  file = join(folder, 'a.backup');
  await using network = await createTestNetwork({ nodes: 1 });
  const body = { task_type: 'echo', content: 'x', api_key: network.operatorKey };
  for (let task = 0; task < 3; task++) await network.call('POST', '/api/v1/request', { body });
  await network.call('GET', '/plexus/v1/log/head');
  const options = { home: network.home, file, withKeys: true, force: false };
  await runTask({ type: 'create', ...options }, () => undefined);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('is with numbers of events that nobody can have been told', async () => {
  expect(await eventsAfterRestore({ sameLog: false })).toEqual({
    before: 1_000_000_000_012,
    through: 1_000_000_000_013,
    told: [1_000_000_000_013],
  });
});

it('is the same when the log is begun anew on a database that came back in another way', async () => {
  expect(await eventsAfterRestore({ sameLog: true, newLog: true })).toMatchObject({ told: [1_000_000_000_013] });
});

it('is where it was, when nothing came after the backup', async () => {
  expect(await eventsAfterRestore({ sameLog: true })).toEqual({ before: 12, through: 13, told: [13] });
});

/** The number of the last event in a restored home, and what a reader that has seen 12 is told once there is one more. */
async function eventsAfterRestore({
  sameLog,
  newLog = false,
}: {
  readonly sameLog: boolean;
  readonly newLog?: boolean;
}) {
  const home = join(folder, 'home');
  await runTask({ type: 'restore', home, file, force: false, sameLog }, () => undefined);
  if (newLog) await runTask({ type: 'new-log', home }, () => undefined);
  const books = await createSqliteBooks({ path: join(home, 'plexus.db'), writer: 'inline' });
  await openLog(home, loadSigner(join(home, 'coordinator.key')), books);
  const before = await books.read.lastEvent();
  await openOneJob(books);
  const { events, through } = await books.read.listEvents({ after: 12, limit: 10 });
  await books.close();
  return { before, through, told: events.map(({ sequence }) => sequence) };
}

async function openOneJob(books: Awaited<ReturnType<typeof createSqliteBooks>>): Promise<void> {
  const [createdAt, deadlineAt] = [new Date(), new Date()];
  const account = { id: 'one-more', kind: 'client', name: '', createdAt } as const;
  await books.commit({ type: 'openAccount', account, grant: 0n, mintId: 'mint-1' });
  const asked = { id: 'job', accountId: 'one-more', service: 'echo', content: '', params: {}, hold: 0n, unitPrice: 0n };
  const begun = { state: 'queued', cost: 0n, epoch: 0, attempts: [], decisions: [], createdAt, deadlineAt } as const;
  await books.commit({ type: 'openJob', job: { ...asked, ...begun } });
}
