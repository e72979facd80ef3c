/** Clients that send the next request before the last is answered, and leave: none of their work goes on. */
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createNeuroshardWorld, type NeuroshardWorld } from './support/neuroshard-world.ts';

let world: NeuroshardWorld;
/** What the engine works on. */
const atWork = new Set<ServerResponse>();
beforeAll(async () => {
  world = await createNeuroshardWorld();
  world.engine.answers['/chat/completions'] = (response) => {
    atWork.add(response);
    response.once('close', () => atWork.delete(response));
  };
});
afterAll(() => world[Symbol.asyncDispose]());

it.each([
  ['a coordinator', () => world.network.url],
  ['a node', () => world.url],
])('a client that leaves %s with two requests has both cancelled, also the one that waited', async (_of, urlOf) => {
  const { network } = world;
  const { api_key: key } = await network.register();
  const { hostname, port, host } = new URL(urlOf());
  const body = JSON.stringify({ model: 'm1', messages: [{ role: 'user', content: 'Go on.' }] });
  const head = ['POST /v1/chat/completions HTTP/1.1', `host: ${host}`, `authorization: Bearer ${key}`];
  const framing = ['content-type: application/json', `content-length: ${body.length}`, '', body];
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write([...head, ...framing].join('\r\n').repeat(2));
  await expect.poll(() => atWork.size).toBe(2);
  socket.destroy();
  await expect.poll(() => atWork.size).toBe(0);
  const states = async () => {
    const { body: page } = await network.call('GET', '/plexus/v1/jobs', { key });
    return page.items.map(({ state, cost }: { state: string; cost: string }) => `${state} for ${cost}`);
  };
  await expect.poll(states).toEqual(['cancelled for 0', 'cancelled for 0']);
});
