/** A benchmark that is interrupted leaves no folder and no process behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isBuilt, until } from './support/processes.ts';

/** Several processes are started one after another, while other tests do the same. */
const START_MS = 45_000;

it.skipIf(!isBuilt).each([
  ['bench', 'floor-server'],
  ['bench-streams', 'plexus.db'],
])('%s, interrupted when %s is there', { timeout: START_MS + 15_000 }, async (script, sign) => {
  const home = mkdtempSync(join(tmpdir(), 'plexus-interrupt-'));
  const flags = ['--quick', '--home', home, '--out', join(home, 'out')];
  const child = spawn(process.execPath, [`scripts/${script}.mjs`, ...flags], { detached: true, stdio: 'ignore' });
  const isThere = () => readdirSync(home, { recursive: true }).some((name) => String(name).endsWith(sign));
  try {
    const exited = once(child, 'exit');
    await until(`${sign} is there`, async () => isThere(), START_MS);
    // As a terminal's Ctrl-C, which reaches the whole group.
    process.kill(-Number(child.pid), 'SIGINT');
    expect((await exited)[0]).toBe(130);
    expect(readdirSync(home)).toEqual([]);
    expect(() => process.kill(-Number(child.pid), 0)).toThrow('ESRCH');
  } finally {
    if (child.exitCode === null) process.kill(-Number(child.pid), 'SIGKILL');
    rmSync(home, { recursive: true, force: true });
  }
});
