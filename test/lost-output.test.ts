/** Programs whose stdout and stderr cannot be written, because nobody reads them any more or the disk is full. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { isBuilt, kill, startProgram, whenReady } from '@plexus/testkit/program';
import { call, until } from './support/processes.ts';

const BIN = join(import.meta.dirname, '../packages/cli/bin/plexus.js');
/** Linux has a file that is always full. */
const FULL = '/dev/full';
const hasFull = existsSync(FULL);
const ANY_PORTS = ['--coordinator-port', '0', '--node-port', '0', '--infernet-port', '0'];
const NO_LIMITS = ['--rate-limits', 'off'];
/** A busy machine takes its time to start four programs. */
const NETWORK_MS = 60_000;
const NOBODY = 'http://127.0.0.1:1';

type Place = 'pipe' | 'closed' | 'full';

let home: string;
beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'plexus-lost-output-'))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** Starts `plexus`; what is `closed` has no reader before the program writes its first byte. */
function start(args: readonly string[], [stdout, stderr]: readonly [Place, Place]): ChildProcess {
  const full = hasFull ? openSync(FULL, 'w') : 'ignore';
  const stdio = [stdout, stderr].map((place) => (place === 'full' ? full : 'pipe'));
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', ...stdio] });
  if (typeof full === 'number') closeSync(full);
  if (stdout === 'closed') child.stdout?.destroy();
  if (stderr === 'closed') child.stderr?.destroy();
  onTestFinished(() => kill(child));
  return child;
}

async function run(args: readonly string[], places: readonly [Place, Place]) {
  const child = start(args, places);
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (printed += chunk));
  const [code] = await once(child, 'close');
  return { code: code as unknown, printed };
}

/** A job of the service `echo`, done by a node. */
async function echo(url: string): Promise<boolean> {
  const key = readFileSync(join(home, 'operator.key'), 'utf8').trim();
  const task = { task_type: 'echo', content: 'still here', api_key: key };
  return (await call(`${url}/api/v1/request`, key, task)).status === 200;
}

async function terminate(child: ChildProcess): Promise<unknown> {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  return gone;
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return String(typeof address === 'object' ? address?.port : address);
}

/** The processes that this one has started; Linux alone says it. */
const childrenOf = (pid: number | undefined): string => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');

describe.skipIf(!isBuilt)('a network', () => {
  it.skipIf(!existsSync(`/proc/${process.pid}/task/${process.pid}/children`))(
    'goes on when the program that read its ready line closes the pipes, and tells of a node that ends',
    async () => {
      const up = startProgram(['up', '--home', home, ...ANY_PORTS, ...NO_LIMITS, '--no-llm-install', '--json']);
      onTestFinished(() => kill(up));
      const { coordinator = '' } = await whenReady(up);
      up.stdout?.destroy();
      up.stderr?.destroy();
      const [first = ''] = childrenOf(up.pid).split(' ');
      process.kill(Number(first), 'SIGKILL');
      await until(
        'the node has started again',
        async () => ![first, ''].includes(childrenOf(up.pid).split(' ')[0] ?? ''),
      );
      await until('the node has joined again', () => echo(coordinator));
      expect(await terminate(up)).toEqual([0, null]);
      expect(existsSync(join(home, 'endpoint.json'))).toBe(false);
    },
    NETWORK_MS,
  );

  it.skipIf(!hasFull)(
    'goes on when the disk does not take the page that it prints',
    async () => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const coordinator = start(['coordinator', '--home', home, '--port', port, ...NO_LIMITS], ['full', 'pipe']);
      await until('the coordinator answers', async () => (await fetch(`${url}/docs`)).ok);
      const place = ['--home', home, '--coordinator', url, '--port', '0', '--services', 'echo'];
      const node = start(['node', ...place], ['full', 'pipe']);
      await until('a node does a job', () => echo(url));
      expect(await terminate(node)).toEqual([0, null]);
      expect(await terminate(coordinator)).toEqual([0, null]);
    },
    NETWORK_MS,
  );
});

describe.skipIf(!isBuilt)('a command', () => {
  it.each([
    { args: ['--version'], places: ['closed', 'pipe'], code: 0 },
    { args: ['--nonsense'], places: ['pipe', 'closed'], code: 2 },
    { args: ['services', '--url', NOBODY], places: ['pipe', 'closed'], code: 3 },
  ] as const)('whose reader is gone ends quietly: $args', async ({ args, places, code }) => {
    expect(await run(args, places)).toEqual({ code, printed: '' });
  });

  it.skipIf(!hasFull).each([
    { args: ['--version'], code: 1 },
    { args: ['services', '--url', NOBODY], code: 3 },
  ])('that can write nothing at all ends with $code: $args', async ({ args, code }) => {
    expect(await run(args, ['full', 'full'])).toEqual({ code, printed: '' });
  });

  it.skipIf(!hasFull)('says in one line that its result is lost', async () => {
    const { code, printed } = await run(['--version'], ['full', 'pipe']);
    expect(code).toBe(1);
    expect(printed).toMatch(/^error: stdout cannot be written: ENOSPC.*\n$/);
  });

  it.skipIf(!hasFull)('says it as JSON with --json', async () => {
    const { code, printed } = await run(
      ['coordinator', '--make-credentials', '--home', home, '--json'],
      ['full', 'pipe'],
    );
    expect(code).toBe(1);
    expect(JSON.parse(printed)).toMatchObject({ error: { code: 'OUTPUT_LOST', exit_code: 1 } });
  });
});
