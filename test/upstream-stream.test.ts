/** Streams of engines that say only at the end how many tokens there were, as most of OpenAI's kind do; on the node's own port. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { event, sendJson, sendStream } from '../packages/runners/test/upstream-server.ts';
import { createNeuroshardWorld, type NeuroshardWorld } from './support/neuroshard-world.ts';

const WORDS = ['The ', 'sea ', 'was '];
const USAGE = { prompt_tokens: 5, completion_tokens: WORDS.length };

let world: NeuroshardWorld;
beforeAll(async () => {
  world = await createNeuroshardWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

function* wordByWord(): Generator<string> {
  for (const content of WORDS) yield event({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
  yield event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
  yield event({ choices: [], usage: USAGE });
  yield event('[DONE]');
}

async function ask(more: object = { stream: true, stream_options: { include_usage: true } }): Promise<Response> {
  return await fetch(`${world.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.network.operatorKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'm1',
      messages: [{ role: 'user', content: 'Go on.' }],
      ...more,
    }),
  });
}

it('come whole, and are charged the prompt and the answer as the engine counted them', async () => {
  world.engine.answers['/chat/completions'] = (response) => sendStream(response, wordByWord());
  const key = world.network.operatorKey;
  // Of an engine that was not seen yet, and of one that is known to send a token at a time.
  for (const turn of ['first', 'second']) {
    const response = await ask();
    const events = await response.text();
    expect(events, turn).toContain('"usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8}');
    expect(events, turn).toMatch(/data: \[DONE\]\n\n$/);
    const id = response.headers.get('x-plexus-job') ?? '';
    const { body: job } = await world.network.call('GET', `/plexus/v1/jobs/${id}`, { key });
    expect(job, turn).toMatchObject({ state: 'completed', units: 8, cost: '0.0008' });
    const { body: receipt } = await world.network.call('GET', `/plexus/v1/receipts/receipt_${id}`, { key });
    expect(receipt, turn).toMatchObject({ units: 8, metadata: { prompt_tokens: 5, completion_tokens: 3 } });
  }
});

it('are refused with a status of their own where the engine does not begin', async () => {
  world.engine.answers['/chat/completions'] = (response) =>
    sendJson(response, 500, { error: { message: 'no memory' } });
  const response = await ask();
  expect(response.status).toBe(502);
  expect(await response.json()).toMatchObject({ error: { code: 'failed_everywhere', type: 'server_error' } });
});

it.each([429, 503])(
  'are refused so that clients come back where the engine is busy, and answers %i',
  async (status) => {
    world.engine.answers['/chat/completions'] = (response) =>
      sendJson(response, status, { error: { message: 'Loading model' } });
    const response = await ask();
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
    expect(response.headers.get('x-should-retry')).toBeNull();
    expect(await response.json()).toMatchObject({ error: { code: 'no_node_available' } });
  },
);

it.each([true, false])(
  'are refused, and cost nothing, with more tokens than were asked for (streamed: %s)',
  async (stream) => {
    world.engine.answers['/chat/completions'] = (response) => sendStream(response, wordByWord());
    const response = await ask({ stream, max_tokens: 2 });
    expect(response.status).toBe(502);
    const { error } = (await response.json()) as { error: { message: string } };
    expect(error.message).toMatch(/tokens (came|were made)/);
    const { body } = await world.network.call('GET', '/plexus/v1/jobs?limit=1', { key: world.network.operatorKey });
    expect(body).toMatchObject({ items: [{ state: 'failed', cost: '0' }] });
  },
);
