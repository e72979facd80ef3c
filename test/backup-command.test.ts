import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runCli } from '@plexus/cli';
import { createSqliteBooks } from '@plexus/storage';
import { describe, expect, it } from 'vitest';
import { openConnection } from '../packages/storage/src/sqlite/library.ts';
import { temporaryFolder, type } from '../packages/cli/test/terminal.ts';

/** A home with books in which nothing has happened yet. */
async function aHome(fillerBytes = 0): Promise<string> {
  const home = join(temporaryFolder(), "network's home");
  mkdirSync(home);
  const path = join(home, 'plexus.db');
  const books = await createSqliteBooks({ path, writer: 'inline' });
  await books.close();
  writeFileSync(join(home, 'operator.key'), 'gn_secret\n', { mode: 0o600 });
  if (fillerBytes > 0) {
    const database = openConnection(path);
    database.exec(`CREATE TABLE filler AS SELECT randomblob(${fillerBytes}) AS bytes`);
    database.close();
  }
  return home;
}

describe('plexus backup', () => {
  it('says what is in it, to people and to programs', async () => {
    const home = await aHome();
    const file = join(temporaryFolder(), "it's.backup");
    const { exitCode, stdout, stderr } = await type(['backup', file, '--home', home]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^holds +0 accounts, 0 jobs \(0 open\)$/m);
    expect(stdout).toMatch(/^files +operator\.key$/m);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const verified = await type(['backup', '--verify', file, '--json']);
    expect(JSON.parse(verified.stdout)).toMatchObject({ file, files: ['operator.key'], problems: [] });
    expect(readFileSync(file, 'latin1')).toContain('gn_secret');
    await type(['backup', file, '--home', home, '--force', '--no-keys']);
    expect(readFileSync(file, 'latin1')).not.toContain('gn_secret');
  });

  it('says what is in the way, and ends with 1', async () => {
    const folder = temporaryFolder();
    const nowhere = await type(['backup', join(folder, 'a'), '--home', folder]);
    expect(nowhere).toMatchObject({ exitCode: 1, stdout: '' });
    expect(nowhere.stderr).toContain(`error: There is no network in ${folder}`);
    const unwritten = await type(['backup', join(folder, 'none', 'a'), '--home', await aHome()]);
    expect(unwritten.stderr).toMatch(
      /none\/a\.partial: there is no such file or folder \(ENOENT\)\nCheck the path\.$/m,
    );
    writeFileSync(join(folder, 'a'), 'x');
    const empty = await type(['backup', '--verify', join(folder, 'a'), '--json']);
    expect(empty.exitCode).toBe(1);
    expect(JSON.parse(empty.stdout)).toMatchObject({ problems: ['it holds no books of Plexus'] });
    writeFileSync(join(folder, 'a'), 'x'.repeat(10_000));
    const wrong = await type(['backup', '--verify', join(folder, 'a'), '--json']);
    expect(wrong.exitCode).toBe(1);
    expect(JSON.parse(wrong.stderr).error.message).toContain('cannot be read as a backup');
  });
});

describe('plexus backup, when it cannot be done here and now', () => {
  it('leaves nothing behind when it is interrupted', async () => {
    const [home, folder] = [await aHome(60_000_000), temporaryFolder()];
    const ending = new AbortController();
    let stderr = '';
    const ended = runCli(['backup', join(folder, 'a'), '--home', home], {
      stdout: { isTTY: false, write: () => undefined },
      stderr: { isTTY: false, write: (text) => void (stderr += text) },
      stdin: (async function* () {})(),
      env: {},
      signal: ending.signal,
    });
    while (readdirSync(folder).length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    ending.abort(new Error('Interrupted'));
    expect(await ended).toBe(130);
    expect(stderr).toContain('Interrupted');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('plexus backup, of books in PostgreSQL', () => {
  it('says how to back up what is in PostgreSQL, with the password in no argument, and that nothing was done', async () => {
    const url = "postgres://plexus:p'w%40@db/plexus";
    const flags = ['--database', url, '--home', '/srv/plexus'];
    const backup = await type(['backup', '/backups/a.dump', ...flags]);
    expect(backup).toMatchObject({ exitCode: 1, stdout: '' });
    expect(backup.stderr).toContain('nothing was done');
    const typed = String.raw`PGPASSWORD='p'\''w@'`;
    const dump = `pg_dump --format=custom --no-owner --file='/backups/a.dump' 'postgres://plexus@db/plexus')`;
    expect(backup.stderr).toContain(`(umask 077 && ${typed} ${dump}`);
    const [, , ...where] = flags;
    const env = { PLEXUS_DATABASE: url };
    const named = await type(['backup', '/backups/a.dump', ...where], { env });
    expect(named.stderr).not.toMatch(/p'[^ ]*w/);
    const [, variables = ''] = /\((umask 077 && PGPASSWORD=.*) pg_dump /.exec(named.stderr) ?? [];
    const sh = promisify(execFile)('sh', ['-c', `${variables} printenv PGPASSWORD`], {
      env: { ...process.env, ...env },
    });
    expect((await sh).stdout).toBe("p'w@\n");
    const restore = await type(['restore', '/backups/a.dump', ...flags]);
    expect(restore.stderr).toContain(`${typed} pg_restore --exit-on-error`);
    expect(restore.stderr).toContain("plexus restore --new-log --home '/srv/plexus'");
    const unnamed = await type(['restore', '/backups/a.dump', '--database', 'postgres://db/plexus']);
    expect(unnamed.stderr).toContain('  pg_restore --exit-on-error');
    const damaged = await type(['restore', '/backups/a.dump', '--database', 'postgres://plexus:p%@db/plexus']);
    expect(damaged).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('A database is named as') });
  });

  it('says that a backup of SQLite cannot be restored into PostgreSQL', async () => {
    const file = join(temporaryFolder(), 'a.backup');
    await type(['backup', file, '--home', await aHome()]);
    const env = { PLEXUS_DATABASE: 'postgres://db/plexus' };
    const { exitCode, stderr } = await type(['restore', file, '--home', temporaryFolder()], { env });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('there is no way for them into PostgreSQL');
    expect(stderr).not.toContain('pg_restore');
  });
});

describe('plexus restore', () => {
  it.each([[['restore']], [['restore', 'a', '--new-log']], [['backup', 'a', '--verify', '--force']]])(
    'ends with 2 for the usage %j',
    async (argv) => {
      expect((await type(argv)).exitCode).toBe(2);
    },
  );

  it('begins a new log only where there is a coordinator', async () => {
    const folder = temporaryFolder();
    const { exitCode, stderr } = await type(['restore', '--new-log', '--home', folder]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('it has no coordinator.key');
  });

  it('leaves a home alone in which a network runs', async () => {
    const home = temporaryFolder();
    const url = 'http://127.0.0.1:8800';
    const endpoint = { pid: process.pid, coordinator: url, node: url, infernet: url };
    writeFileSync(join(home, 'endpoint.json'), JSON.stringify(endpoint));
    const { exitCode, stderr } = await type(['restore', 'a.backup', '--force', '--home', home]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`A network runs in ${home}: ${url}`);
  });
});
