/** Jobs for containers outlive the node that runs them, and the coordinator that keeps them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, type RunningCoordinator, startCoordinator } from '@plexus/coordinator';
import type { RunningNode } from '@plexus/node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { launchNode } from '../packages/node/src/launch.ts';
import { callsTo, infernetConfig, sendJson, startContainer, type TestContainer } from './support/infernet-world.ts';

const logger = createLogger({ level: 'silent' });

let cleanups: (() => unknown)[];
let home: string;
let container: TestContainer;
let configPath: string;
/** Answers that the container has not given yet. */
let held: (() => void)[];

beforeEach(async () => {
  cleanups = [];
  held = [];
  home = mkdtempSync(join(tmpdir(), 'plexus-infernet-'));
  cleanups.push(() => rmSync(home, { recursive: true, force: true }));
  container = await startContainer(({ n }, response) => void held.push(() => sendJson(response, { n })));
  cleanups.push(() => container[Symbol.asyncDispose]());
  const config = await infernetConfig([{ id: 'box', url: container.url }]);
  cleanups.push(() => config[Symbol.asyncDispose]());
  configPath = config.path;
});

afterEach(async () => {
  for (const cleanUp of cleanups.toReversed()) await cleanUp();
});

async function coordinator(port: number): Promise<RunningCoordinator> {
  const running = await startCoordinator({ home, host: '127.0.0.1', port, rateLimits: 'off', logger });
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= running.close());
  cleanups.push(close);
  return { ...running, close };
}

async function node({ url, operatorKey: token }: RunningCoordinator, port: number): Promise<RunningNode> {
  const options = { home: join(home, 'node'), coordinatorUrl: url, token, host: '127.0.0.1', ports: [port], logger };
  const more = { services: [], installLlama: false, infernet: { configPath } };
  const running = await launchNode({ ...options, ...more }, { backoff: () => 50 });
  cleanups.push(() => running.close());
  await running.connected;
  return running;
}

function portOf(url: string | undefined): number {
  return Number(new URL(url ?? '').port);
}

it('a job goes on when its node comes back', async () => {
  const running = await coordinator(0);
  const before = await node(running, 0);
  const calls = callsTo(before.urls);
  const id = await calls.post(['box'], { n: 1 });
  await expect.poll(() => container.inputs).toHaveLength(1);
  await before.close();
  await node(running, portOf(before.urls[0]));
  await expect.poll(() => container.inputs).toHaveLength(2);
  held.at(-1)?.();
  expect(await calls.ended(id)).toMatchObject({ status: 'success', result: { container: 'box', output: { n: 1 } } });
});

it('a job goes on when its coordinator comes back, and is not begun again', async () => {
  const before = await coordinator(0);
  const { urls } = await node(before, 0);
  const calls = callsTo(urls);
  const id = await calls.post(['box'], { n: 2 });
  await expect.poll(() => container.inputs).toHaveLength(1);
  await before.close();
  held.pop()?.();
  await coordinator(portOf(before.url));
  const status = async () => (await calls.call('GET', `/api/jobs?id=${id}`)).body;
  await expect.poll(status, { timeout: 10_000 }).toMatchObject([{ status: 'success', result: { output: { n: 2 } } }]);
  expect((await calls.call('GET', '/api/jobs?pending=false')).body).toEqual([id]);
  expect(container.inputs).toHaveLength(1);
});

it('a stream whose node is stopped ends with a line that says so, and has not been cancelled by its client', async () => {
  const running = await coordinator(0);
  const before = await node(running, 0);
  const calls = callsTo(before.urls);
  const reading = calls.call('POST', '/api/jobs/stream', { body: { containers: ['box'], data: { n: 3 } } });
  await expect.poll(() => container.inputs).toHaveLength(1);
  await before.close();
  const [id = '', , error = ''] = (await reading).text.split('\n');
  expect(JSON.parse(error)).toEqual({ error: expect.stringMatching(/^The node .* was lost and no other can take/) });
  await node(running, portOf(before.urls[0]));
  const { body } = await calls.call('GET', `/api/jobs?id=${id}`);
  expect(body).toMatchObject([{ id, status: 'failed', result: { container: 'box', ...JSON.parse(error) } }]);
});
