/** Streams whose head cannot be sent, or whose client leaves before it. */
import { once } from 'node:events';
import type { StreamRequest } from '@plexus/core';
import { expect, test } from 'vitest';
import { aBegunJob, aborted, anAnswer, aStream, aWorld, CHAT_MODEL, post, type World } from './openai-world.ts';

const BODY = { model: CHAT_MODEL.id, messages: [{ role: 'user', content: 'Hello' }], stream: true };
const KEY = { 'idempotency-key': 'once' };

test('the id of a node may be any text, in headers percent-encoded', async () => {
  const nodeId = 'nœud 1/é';
  const world = await aWorld({
    submit: () => anAnswer({ nodeId }),
    stream: () => ({ ...aStream(['Hello']), job: aBegunJob({ nodeId }) }),
  });
  for (const stream of [false, true]) {
    const response = await post(world, '/chat/completions', { ...BODY, stream });
    const head = [response.status, response.headers.get('x-plexus-node')];
    expect(head, `stream: ${stream}`).toStrictEqual([200, 'n%C5%93ud%201/%C3%A9']);
    expect(await response.text()).toContain('Hello');
  }
});

test('a head that cannot be sent is a refusal, cancels the job and frees its key', async () => {
  let isBroken = true;
  const prepare: NonNullable<Parameters<typeof aWorld>[0]>['prepare'] = (app) =>
    app.addHook('preHandler', async (_request, reply) => {
      if (isBroken) reply.header('x-broken', 'œ');
    });
  const world = await aWorld({ prepare });
  const broken = await post(world, '/chat/completions', BODY, KEY);
  expect([broken.status, await broken.json()]).toMatchObject([500, { error: { code: 'internal_error' } }]);
  expect(world.asked[0]?.signal?.aborted).toBe(true);
  isBroken = false;
  expect((await post(world, '/chat/completions', BODY, KEY)).status).toBe(200);
});

/** A world whose only client leaves while it waits for the head of its stream. */
async function aLeftStream(headers: Record<string, string>): Promise<{ world: World; readToEnd: Promise<void> }> {
  let settle: (() => void) | undefined;
  const readToEnd = new Promise<void>((resolve) => (settle = resolve));
  async function* texts() {
    yield 'Hello';
    yield ' there';
    settle?.();
  }
  const world: World = await aWorld({
    async stream() {
      if (world.asked.length > 1) return { ...aStream(['Hello there']), job: anAnswer() };
      const closed = [...world.sockets].map((socket) => once(socket, 'close'));
      for (const socket of world.sockets) socket.destroy();
      await Promise.all(closed);
      return aStream(texts());
    },
  });
  await expect(post(world, '/chat/completions', BODY, headers)).rejects.toThrow('fetch failed');
  return { world, readToEnd };
}

test('a stream under an Idempotency-Key goes on when its client leaves before the head, and is given again', async () => {
  const { world, readToEnd } = await aLeftStream(KEY);
  const again = await post(world, '/chat/completions', BODY, KEY);
  expect(again.status).toBe(200);
  expect(await again.text()).toContain('Hello there');
  await readToEnd;
  expect(world.asked[0]?.signal?.aborted).toBe(false);
});

test('without a key it is cancelled', async () => {
  const { world, readToEnd } = await aLeftStream({});
  await readToEnd;
  expect(world.asked[0]?.signal?.aborted).toBe(true);
});

test('a stream under an Idempotency-Key is cancelled when its client leaves after the head', async () => {
  async function* texts({ signal }: StreamRequest) {
    yield 'Hello';
    if (signal) await aborted(signal);
  }
  const world = await aWorld({ stream: (request) => aStream(texts(request)) });
  const response = await post(world, '/chat/completions', BODY, KEY);
  await response.body?.cancel();
  await aborted(world.asked[0]?.signal as AbortSignal);
});
