import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder, type } from './terminal.ts';

/** Nobody listens on this port. */
const NOBODY = 'postgres://plexus:hush@127.0.0.1:1/books';

it('doctor says that the database does not answer, by flag or variable, and never with its password', async () => {
  const asked = [
    await type(['doctor', '--quick', '--database', NOBODY]),
    await type(['doctor', '--quick'], { env: { PLEXUS_DATABASE: NOBODY } }),
    await type(['doctor', '--quick', '--json', '--database', NOBODY]),
  ];
  for (const { exitCode, stdout, stderr } of asked) {
    expect(stdout).toMatch(/database.*Cannot reach the database postgres:\/\/plexus@127\.0\.0\.1:1\/books/s);
    expect(stdout + stderr).not.toContain('hush');
    expect(exitCode).toBe(1);
  }
});

it('doctor says nothing of a database where the books are in a file', async () => {
  expect((await type(['doctor', '--quick'])).stdout).not.toContain('database');
});

it.each(['coordinator', 'up'])(
  '%s ends with what is wrong with the database, and without its password',
  async (command) => {
    const port = command === 'up' ? '--coordinator-port' : '--port';
    const started = await type([command, '--home', temporaryFolder(), port, '0', '--database', NOBODY]);
    expect(started.exitCode).toBe(1);
    expect(started.stderr).toContain('Cannot reach the database postgres://plexus@127.0.0.1:1/books');
    expect(started.stderr).toContain('plexus doctor --database URL');
    expect(started.stderr).not.toContain('hush');
  },
);

it('coordinator does not send to another database whose books are in a file', async () => {
  const home = temporaryFolder();
  writeFileSync(join(home, 'plexus.db'), 'no books'.repeat(1000));
  const started = await type(['coordinator', '--home', home, '--port', '0']);
  expect(started.exitCode).toBe(1);
  expect(started.stderr).toMatch(/error: .*database/);
  expect(started.stderr).not.toContain('--database');
});
