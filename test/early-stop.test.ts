/** The end of a network that is still starting: by Ctrl-C in a terminal, which reaches all its processes, or by force. */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { isBuilt } from '@plexus/testkit/program';
import { until } from './support/processes.ts';

const BIN = join(import.meta.dirname, '../packages/cli/bin/plexus.js');
const ARGS = ['up', '--coordinator-port', '0', '--node-port', '0', '--infernet-port', '0', '--no-llm-install'];
/** The processes that one has started; Linux alone says it. */
const childrenOf = (pid: number) => `/proc/${pid}/task/${pid}/children`;

/** A network in a group of its own, as a terminal makes one, that is starting. */
function starting(preload = '') {
  const home = mkdtempSync(join(tmpdir(), 'plexus-early-stop-'));
  const preloaded = join(home, 'preload.mjs');
  writeFileSync(preloaded, preload);
  const up = spawn(process.execPath, [BIN, ...ARGS, '--home', home], {
    detached: true,
    env: { ...process.env, NODE_OPTIONS: `--import=${pathToFileURL(preloaded).href}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pid = up.pid ?? Number.NaN;
  onTestFinished(() => {
    if (up.exitCode === null) process.kill(-pid, 'SIGKILL');
    rmSync(home, { recursive: true, force: true });
  });
  let printed = '';
  for (const stream of [up.stdout, up.stderr]) stream.on('data', (chunk) => (printed += chunk));
  return { up, pid, printed: () => printed };
}

it.skipIf(!isBuilt || !existsSync(childrenOf(process.pid)))(
  'stops without a word of the node that ends as well',
  async () => {
    const { up, pid, printed } = starting();
    await until('a node is started', async () => readFileSync(childrenOf(pid), 'utf8').trim() !== '');
    process.kill(-pid, 'SIGINT');
    expect(await once(up, 'close')).toEqual([0, null]);
    expect(printed()).toBe('');
  },
);

/** In a node's place: it joins, and soon after that its network is stopped, before its services are ready. */
const STOPPED_SOON = `
  if (process.send) {
    await new Promise((told) => process.once('message', told));
    process.send({ type: 'started', nodeId: 'node', urls: ['http://127.0.0.1:1'] });
    process.send({ type: 'connected' });
    setTimeout(() => process.kill(process.ppid, 'SIGINT'), 100);
    await new Promise((told) => process.once('message', told));
    process.exit();
  }`;

it.skipIf(!isBuilt)('does not say that it runs when it was stopped before it could', async () => {
  const { up, printed } = starting(STOPPED_SOON);
  expect(await once(up, 'close')).toEqual([0, null]);
  expect(printed()).toBe('');
});

it.skipIf(!isBuilt)('a node says nothing when who started it is gone before its program is loaded', async () => {
  const home = mkdtempSync(join(tmpdir(), 'plexus-early-stop-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const alone = join(home, 'alone.mjs');
  writeFileSync(alone, 'process.disconnect();');
  const node = fork(BIN, ['node', '--coordinator', 'parent', '--home', home], {
    execArgv: [`--import=${pathToFileURL(alone).href}`],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let printed = '';
  for (const stream of [node.stdout, node.stderr]) stream?.on('data', (chunk) => (printed += chunk));
  expect(await once(node, 'close')).toEqual([0, null]);
  expect(printed).toBe('');
});
