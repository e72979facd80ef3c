/** A key that is revoked stops everywhere within 10 s: at a node that remembers it, and on what is open under it. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setInterval as ticks } from 'node:timers/promises';
import { createLogger } from '@plexus/coordinator';
import { startNode } from '@plexus/node';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { event } from '../packages/runners/test/upstream-server.ts';
import { FeedClient } from './support/feed-client.ts';
import { createNeuroshardWorld, type NeuroshardWorld } from './support/neuroshard-world.ts';

/** Source: issue 7, "revoking a key stops it everywhere within 10 s". */
const STOPPED_MS = 10_000;

let world: NeuroshardWorld;
beforeAll(async () => {
  world = await createNeuroshardWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

interface IssuedKey {
  readonly id: string;
  readonly api_key: string;
}

async function issue(owner: string, wishes: object): Promise<IssuedKey> {
  return (await world.network.call('POST', '/plexus/v1/keys', { key: owner, body: wishes })).body;
}

/** An engine that goes on until whoever asked is gone. */
async function dripTokens(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let tokens = 0;
  for await (const _ of ticks(20)) {
    if (response.destroyed) return;
    tokens += 1;
    const choices = [{ index: 0, text: 'drip ', finish_reason: null }];
    response.write(event({ choices, usage: { prompt_tokens: 1, completion_tokens: tokens } }));
  }
}

/** The events of a stream that is read to its end, as text. */
async function beginStream(key: string): Promise<{ readonly events: Promise<string> }> {
  const response = await fetch(`${world.url}/api/v1/inference`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'x', max_tokens: 4000, stream: true }),
  });
  expect(response.status).toBe(200);
  return { events: response.text() };
}

async function startNodeOf(key: string) {
  const node = await startNode({
    home: join(world.network.home, 'revoked'),
    coordinatorUrl: world.network.url,
    token: key,
    host: '127.0.0.1',
    ports: [0],
    services: ['echo'],
    installLlama: false,
    logger: createLogger({ level: 'silent' }),
  });
  await node.connected;
  return node;
}

it('stops new calls at a node, an open stream with its job, a reader of the feed, and a node that works under it', async () => {
  const { network, engine } = world;
  engine.answers['/completions'] = dripTokens;
  const { api_key: owner } = await network.register();
  const atNode = await issue(owner, { scopes: [`node:${world.node.nodeId}`], spend_limit: '100' });
  const full = await issue(owner, {});
  const ofNode = await issue(network.operatorKey, { role: 'provider' });

  const { events } = await beginStream(atNode.api_key);
  using reader = await FeedClient.open(network.url, { key: full.api_key });
  const node = await startNodeOf(ofNode.api_key);
  const statuses = async () => {
    const paths = ['/api/v1/peers', '/api/v1/wallet/balance'];
    const calls = paths.map((path) => world.call('GET', path, { key: atNode.api_key }));
    return (await Promise.all(calls)).map(({ status }) => status);
  };
  expect(await statuses()).toEqual([200, 200]);

  const late = AbortSignal.timeout(STOPPED_MS);
  const inTime = <T>(what: Promise<T>): Promise<T> =>
    Promise.race([what, once(late, 'abort').then(() => expect.unreachable('It came too late'))]);
  for (const { id } of [atNode, full, ofNode]) {
    await network.call('DELETE', `/plexus/v1/keys/${id}`, { key: network.operatorKey });
  }
  const last = (await inTime(events)).trim().split('\n\n').at(-1) ?? '';
  const error = { code: 'UNAUTHORIZED', message: 'Invalid or expired API token' };
  expect(JSON.parse(last.replace('data: ', ''))).toEqual({ error });
  expect(await inTime(reader.closed())).toBe(1008);
  expect(await inTime(node.stopped)).toMatchObject({
    message: expect.stringMatching(/refused this node's token: .*PLEXUS_NODE_TOKEN/),
  });
  await inTime(vi.waitFor(async () => expect(await statuses()).toEqual([401, 401]), { timeout: STOPPED_MS }));

  // What was made until then is charged, and nothing is held any more.
  const { body } = await world.call('GET', '/api/v1/wallet/balance', { key: owner });
  expect(body.balances.pending).toBe(0);
  expect(body.balances.available).toBeLessThan(1000);
  const { body: jobs } = await network.call('GET', '/plexus/v1/jobs', { key: owner });
  expect(jobs.items).toMatchObject([{ state: 'cancelled' }]);
});
