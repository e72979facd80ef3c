/** Ctrl-C in a terminal, which reaches every process of a network, while that network is still starting. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { isBuilt } from '@plexus/testkit/program';
import { until } from './support/processes.ts';

const BIN = join(import.meta.dirname, '../packages/cli/bin/plexus.js');
const ARGS = ['up', '--coordinator-port', '0', '--node-port', '0', '--infernet-port', '0', '--no-llm-install'];
/** The processes that one has started; Linux alone says it. */
const childrenOf = (pid: number) => `/proc/${pid}/task/${pid}/children`;

it.skipIf(!isBuilt || !existsSync(childrenOf(process.pid)))(
  'stops without a word of the node that ends as well',
  async () => {
    const home = mkdtempSync(join(tmpdir(), 'plexus-early-stop-'));
    const up = spawn(process.execPath, [BIN, ...ARGS, '--home', home], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const pid = up.pid ?? Number.NaN;
    onTestFinished(() => {
      if (up.exitCode === null) process.kill(-pid, 'SIGKILL');
      rmSync(home, { recursive: true, force: true });
    });
    let printed = '';
    for (const stream of [up.stdout, up.stderr]) stream.on('data', (chunk) => (printed += chunk));
    await until('a node is started', async () => readFileSync(childrenOf(pid), 'utf8').trim() !== '');
    process.kill(-pid, 'SIGINT');
    expect(await once(up, 'close')).toEqual([0, null]);
    expect(printed).toBe('');
  },
);
