/** What `plexus backup` and `plexus restore` do, and what they find wrong. */
import {
  closeSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, startCoordinator } from '@plexus/coordinator';
import { attach, createSqliteBooks } from '@plexus/storage';
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BackupReport } from '../packages/coordinator/src/backup/backup-report.ts';
import { UNFINISHED } from '../packages/coordinator/src/backup/home-files.ts';
import type { RestoreReport } from '../packages/coordinator/src/backup/restore-backup.ts';
import { runTask } from '../packages/coordinator/src/backup/tasks.ts';
import { openConnection } from '../packages/storage/src/sqlite/library.ts';

let network: TestNetwork;
let folder: string;
let file: string;

/** A network with some history, which runs all the while: nothing here may need it to stand still. */
beforeAll(async () => {
  network = await createTestNetwork({ nodes: 1 });
  const body = { task_type: 'echo', content: 'x', api_key: network.operatorKey };
  for (let i = 0; i < 300; i += 50) {
    await Promise.all(Array.from({ length: 50 }, () => network.call('POST', '/api/v1/request', { body })));
    await network.call('GET', '/plexus/v1/log/head');
  }
}, 60_000);
afterAll(() => network[Symbol.asyncDispose]());

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plexus-backup-'));
  file = join(folder, 'a.backup');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const say = (): void => undefined;

async function create(options: { withKeys?: boolean; force?: boolean; home?: string } = {}): Promise<BackupReport> {
  const { withKeys = true, force = false, home = network.home } = options;
  return (await runTask({ type: 'create', home, file, withKeys, force }, say)) as BackupReport;
}

async function verify(): Promise<BackupReport> {
  return (await runTask({ type: 'verify', file }, say)) as BackupReport;
}

async function restore(home: string, how: { force?: boolean; sameLog?: boolean } = {}): Promise<RestoreReport> {
  const { force = false, sameLog = false } = how;
  return (await runTask({ type: 'restore', file, home, force, sameLog }, say)) as RestoreReport;
}

/** Changes what is in the backup, as a fault of the disk or of a program would. */
function tamper(sql: string): void {
  const database = openConnection(file);
  database.exec(sql);
  database.close();
}

describe('a backup', () => {
  it('is one file for its owner only, with the keys, and nothing is found wrong with it', async () => {
    const report = await create();
    expect(report).toMatchObject({ file, jobs: 300, openJobs: 0, receipts: 300, problems: [] });
    expect(report.files).toEqual(['coordinator.key', 'derivation.key', 'operator.key']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['a.backup']);
    const { sha256, ...rest } = report;
    expect(await verify()).toEqual({ ...rest, sha256 });
    expect(readdirSync(folder)).toEqual(['a.backup']);
  });

  it('has no secret in it without keys', async () => {
    const { files } = await create({ withKeys: false });
    expect(files).toEqual([]);
    const secret = readFileSync(join(network.home, 'operator.key'), 'utf8').trim();
    expect(readFileSync(file, 'latin1')).not.toContain(secret);
  });

  it('replaces no other file unless it shall, and leaves nothing behind when it cannot be taken', async () => {
    writeFileSync(file, 'mine');
    await expect(create()).rejects.toThrow('is there already');
    expect(readFileSync(file, 'utf8')).toBe('mine');
    await create({ force: true });
    await expect(create({ home: folder, force: true })).rejects.toThrow(`There is no network in ${folder}`);
    expect(readdirSync(folder)).toEqual(['a.backup']);
  });
});

const OPERATOR = "kind = 'client' AND name = 'operator'";

/** What went wrong, what it did, and what is said of it. */
const FAULTS: readonly (readonly [what: string, sql: string, problem: string])[] = [
  ['a balance', `UPDATE account SET available = available + 1 WHERE ${OPERATOR}`, 'the ledger does not sum to zero'],
  ['a sum that is kept', 'UPDATE account_total SET total = 1', 'the sums that are kept are not those of the accounts'],
  [
    'credits that moved without an entry',
    `UPDATE account SET available = available + CASE WHEN ${OPERATOR} THEN 1 WHEN kind = 'mint' THEN -1 ELSE 0 END`,
    'balances (available) are not what their journal says',
  ],
  [
    'a hold without a job',
    `UPDATE account SET available = available - 1, held = held + 1 WHERE ${OPERATOR}`,
    'accounts hold credits without a job, or jobs without their hold',
  ],
  [
    'a job that was opened without its hold',
    "UPDATE job SET state = 'queued' WHERE receipt_index = 0",
    'without their hold',
  ],
  ['a receipt that is gone', 'DELETE FROM receipt WHERE leaf_index = 7', 'receipts are missing in the log'],
  [
    'an end of the log that is gone',
    'DELETE FROM receipt WHERE leaf_index > 290',
    'jobs name receipts that are not there',
  ],
  [
    'a receipt that was changed',
    `UPDATE receipt SET payload = replace(payload, '"units":1', '"units":2') WHERE leaf_index = 3`,
    'receipt 3 is not what the log has of it',
  ],
  ['a tile that was changed', 'UPDATE log_tile SET hash = randomblob(32)', 'tile 0 of level 1 of the log is wrong'],
  [
    'a head over other receipts',
    `UPDATE tree_head SET root_hash = (SELECT root_hash FROM tree_head ORDER BY tree_size LIMIT 1)`,
    'the newest tree head is not signed by its own key',
  ],
  ['a newer program', 'INSERT INTO schema_version VALUES (99, 0)', 'use a newer version of Plexus'],
];

describe('a backup that is not right', () => {
  it.each(FAULTS)('is found out by %s, and is not restored', async (_what, sql, problem) => {
    await create();
    tamper(sql);
    expect((await verify()).problems.join('; ')).toContain(problem);
    const home = join(folder, 'home');
    await expect(restore(home)).rejects.toThrow(problem);
    expect(readdirSync(home)).toEqual([]);
  });

  it('is found out by a byte that changed in the structure of the file', async () => {
    await create();
    const half = Math.floor(statSync(file).size / 2 / 4096) * 4096;
    const open = openSync(file, 'r+');
    writeSync(open, Buffer.alloc(64, 0xff), 0, 64, half);
    closeSync(open);
    const found = await verify().then(
      ({ problems }) => problems.join('; '),
      (error: Error) => error.message,
    );
    expect(found).toMatch(/the file is damaged|malformed|cannot be read/);
  });

  it('is not restored without its keys when its last byte, of the name of one, is missing', async () => {
    await create();
    writeFileSync(file, readFileSync(file).subarray(0, -1));
    const home = join(folder, 'home');
    cpSync(network.home, home, { recursive: true, filter: (path) => !/plexus\.db|published\.json/.test(path) });
    await expect(restore(home, { force: true })).rejects.toThrow('The backup is damaged');
    expect(existsSync(join(home, 'plexus.db'))).toBe(false);
  });

  it('is refused when it is something else', async () => {
    writeFileSync(file, 'no database at all, but long enough to be looked at as one'.repeat(100));
    await expect(verify()).rejects.toThrow('cannot be read as a backup');
    await expect(restore(join(folder, 'home'))).rejects.toThrow('cannot be read');
    rmSync(file);
    await expect(restore(join(folder, 'home'))).rejects.toThrow(`There is no ${file}`);
    const books = await createSqliteBooks({ path: file, writer: 'inline' });
    await books.close();
    await expect(restore(join(folder, 'home'))).rejects.toThrow('is not a backup that plexus backup has made');
  });
});

describe('a home that is restored', () => {
  it('is what the backup has, for its owner only, and starts', async () => {
    await create();
    const home = join(folder, 'new', 'home');
    const report = await restore(home);
    expect(report).toMatchObject({ jobs: 300, receipts: 300, problems: [] });
    expect(report.setAside).toBeUndefined();
    const names = ['coordinator.key', 'derivation.key', 'log.json', 'operator.key', 'plexus.db'];
    expect(readdirSync(home).toSorted()).toEqual(names);
    for (const name of names) expect(statSync(join(home, name)).mode & 0o777, name).toBe(0o600);
    expect(statSync(home).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(home, 'plexus.db'), 'latin1')).not.toContain('BEGIN PRIVATE KEY');
    expect(readFileSync(join(home, 'operator.key'))).toEqual(readFileSync(join(network.home, 'operator.key')));
    const info = await infoOf(home);
    expect(info).toMatchObject({ ledger_sum: '0', log_restored: { tree_size: 300 }, log_id: report.log?.log_id });
  });

  it('goes on with its log when nothing came after the backup', async () => {
    await create();
    const home = join(folder, 'home');
    expect((await restore(home, { sameLog: true })).log).toBeUndefined();
    expect(await infoOf(home)).toMatchObject({ log_restored: null });
  });

  it('is not given the same log again when it has shown more of it', async () => {
    await create();
    const home = join(folder, 'home');
    await restore(home, { sameLog: true });
    const { log_id } = await infoOf(home);
    const shown = { log_id, tree_size: 301, root_hash: 'AAAA', timestamp: '2025-01-15T10:30:00.000Z' };
    writeFileSync(join(home, 'published.json'), JSON.stringify(shown));
    const before = readdirSync(home);
    await expect(restore(home, { sameLog: true, force: true })).rejects.toThrow('been shown with 301 receipts');
    expect(readdirSync(home)).toEqual(before);
    const { log, setAside = '' } = await restore(home, { force: true });
    expect(log?.log_id).not.toBe(log_id);
    expect(readdirSync(setAside)).toContain('published.json');
    expect(await infoOf(home)).toMatchObject({ log_id: log?.log_id });
  });
});

describe('a home in which a network is', () => {
  it('sets aside what was there, when it shall, and keeps what belongs to its user', async () => {
    await create();
    const home = join(folder, 'home');
    await restore(home);
    writeFileSync(join(home, 'known-networks.json'), '{"networks":[]}');
    // What a coordinator that was killed leaves: it must not be applied to another database.
    writeFileSync(join(home, 'plexus.db-wal'), '');
    const old = readFileSync(join(home, 'log.json'), 'utf8');
    await expect(restore(home)).rejects.toThrow(/There is a network in .*: plexus\.db/);
    const { setAside = '' } = await restore(home, { force: true });
    expect(readdirSync(setAside)).toEqual(expect.arrayContaining(['plexus.db', 'coordinator.key', 'log.json']));
    expect(readFileSync(join(setAside, 'log.json'), 'utf8')).toBe(old);
    expect(readdirSync(home)).toContain('known-networks.json');
    expect(existsSync(join(home, 'plexus.db-wal'))).toBe(false);
    expect(await infoOf(home)).toMatchObject({ ledger_sum: '0' });
  });

  it('is never one that runs', async () => {
    await create();
    await expect(restore(network.home, { force: true })).rejects.toThrow(`A network runs in ${network.home}`);
    expect((await network.call('GET', '/plexus/v1/info')).body.ledger_sum).toBe('0');
  });
});

describe('a restore', () => {
  it('needs keys of the home where the backup has none', async () => {
    await create({ withKeys: false });
    const home = join(folder, 'home');
    await expect(restore(home)).rejects.toThrow('The backup was taken without keys, and the home has none');
    for (const name of ['coordinator.key', 'derivation.key', 'operator.key']) {
      writeFileSync(join(home, name), readFileSync(join(network.home, name)), { mode: 0o600 });
    }
    await restore(home);
    expect(await infoOf(home)).toMatchObject({ ledger_sum: '0', log_restored: { tree_size: 300 } });
  });

  it('that was broken off keeps the home from starting', async () => {
    await create();
    const home = join(folder, 'home');
    await restore(home);
    writeFileSync(join(home, UNFINISHED), '');
    await expect(infoOf(home)).rejects.toThrow(/was broken off; do it again: plexus restore FILE --home .* --force/);
    await restore(home, { force: true });
    expect(await infoOf(home)).toMatchObject({ ledger_sum: '0' });
  });

  it('writes no files but those that belong there, whatever the backup says', async () => {
    await create();
    tamper('DROP TABLE backup; DROP TABLE backup_file');
    const files = [...['coordinator.key', 'operator.key'].map(fileOf), { name: '../evil', content: Buffer.from('x') }];
    attach(file, { madeBy: 'somebody', takenAt: '2025-01-15T10:30:00.000Z', files });
    await restore(join(folder, 'home'));
    expect(existsSync(join(folder, 'evil'))).toBe(false);
  });
});

function fileOf(name: string) {
  return { name, content: readFileSync(join(network.home, name)) };
}

/** Starts a coordinator in a copy of a home, which itself stays as it is, and asks it who it is. */
async function infoOf(original: string) {
  const home = mkdtempSync(join(folder, 'started-'));
  cpSync(original, home, { recursive: true });
  const books = await createSqliteBooks({ path: join(home, 'plexus.db'), writer: 'inline' });
  const logger = createLogger({ level: 'silent' });
  const coordinator = await startCoordinator({ home, host: '127.0.0.1', port: 0, rateLimits: 'off', logger, books });
  try {
    const response = await fetch(`${coordinator.url}/plexus/v1/info`);
    return (await response.json()) as { readonly log_id: string };
  } finally {
    await coordinator.close();
  }
}
