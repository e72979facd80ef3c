import type { FastifyInstance } from 'fastify';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { JOB_ID } from './fakes.ts';
import { anAnswer, aWorld, EMBEDDING_MODEL, post, PROSE_MODEL } from './openai-world.ts';

const VECTORS = [
  [0.1, -0.25, 1e-9],
  [1, 0, -1],
];

function embedded(embeddings: readonly (readonly number[])[]) {
  const result = JSON.stringify({
    model: EMBEDDING_MODEL.id,
    dimensions: 3,
    embeddings,
    tokens: embeddings.map(() => 4),
  });
  return anAnswer({ service: 'embedding', result, units: 8, cost: 80n, facts: { model: EMBEDDING_MODEL.id } });
}

test('the official client gets vectors, which it asks for in base64', async () => {
  const world = await aWorld({ submit: () => embedded(VECTORS) });
  const answer = await world.client.embeddings.create({ model: 'embedding', input: ['Once', 'twice'], dimensions: 3 });
  expect(answer).toMatchObject({
    object: 'list',
    model: EMBEDDING_MODEL.id,
    usage: { prompt_tokens: 8, total_tokens: 8 },
    plexus: { job_id: JOB_ID, cost: '0.00008' },
  });
  expect(answer.data.map(({ object, index }) => [object, index])).toStrictEqual([
    ['embedding', 0],
    ['embedding', 1],
  ]);
  expect(answer.data.map(({ embedding }) => embedding)).toStrictEqual(VECTORS.map((vector) => vector.map(Math.fround)));
  const { caller: _caller, signal: _signal, ...request } = world.asked[0] ?? {};
  const common = { service: 'embedding', features: ['dimensions:3'], timeoutSeconds: 600, detached: false };
  expect(request).toStrictEqual({
    ...common,
    content: '["Once","twice"]',
    params: { model: EMBEDDING_MODEL.id, batch: true },
  });
});

test('the alias is one model, whose vectors can be compared, unless it is said which nodes or how long', async () => {
  const other = { ...EMBEDDING_MODEL, id: 'other-embed', features: ['batch', 'dimensions:4'] };
  const world = await aWorld({ submit: () => embedded([[1, 2, 3, 4]]), models: [EMBEDDING_MODEL, other] });
  for (const more of [{}, { dimensions: 4 }, { provider: { ignore: ['node-1'] } }]) {
    await post(world, '/embeddings', { model: 'embedding', input: 'Once', ...more });
  }
  expect(world.asked.map(({ params }) => params['model'])).toStrictEqual(['mini-embed', 'other-embed', undefined]);
});

test('numbers are the default of the API, and a single text is no batch', async () => {
  const world = await aWorld({ submit: () => embedded([[0.1, 2, 3]]) });
  const response = await post(world, '/embeddings', { model: EMBEDDING_MODEL.id, input: 'Once' });
  expect(await response.json()).toMatchObject({ data: [{ index: 0, embedding: [0.1, 2, 3] }] });
  expect(world.asked).toMatchObject([{ content: 'Once', params: { model: EMBEDDING_MODEL.id } }]);
});

test.each([
  ['no JSON', 'garbage', {}],
  ['no numbers', '{"embeddings":[["x"]]}', {}],
  ['no numbers at all', '{"embeddings":[[],[]]}', {}],
  ['fewer than there are texts', '{"embeddings":[[1,2,3]]}', {}],
  ['more than there are texts', '{"embeddings":[[1],[2],[3]]}', {}],
  ['vectors of several lengths', '{"embeddings":[[1,2],[1,2,3]]}', {}],
  ['other dimensions than were named', '{"embeddings":[[1,2],[3,4]]}', { dimensions: 3 }],
])('a result that holds %s is charged once: the official client does not repeat it', async (_name, result, wanted) => {
  const logged: unknown[] = [];
  const prepare = (app: FastifyInstance) =>
    app.addHook('onRequest', async ({ log }) => {
      log.error = (entry: object) => void logged.push(entry);
    });
  const world = await aWorld({ submit: () => anAnswer({ result }), prepare });
  const client = new OpenAI({ apiKey: 'gn_client', baseURL: world.url });
  const asked = client.embeddings.create({ model: 'embedding', input: ['Once', 'twice'], ...wanted });
  await expect(asked).rejects.toMatchObject({ status: 502, code: 'unusable_result' });
  expect(world.asked.length).toBe(1);
  expect(logged).toMatchObject([{ err: { cause: expect.any(Error) } }]);
});

test('models are listed with the aliases that stand for some, and found by their name', async () => {
  const { client } = await aWorld();
  const { data } = await client.models.list();
  expect(data.map(({ id }) => id)).toStrictEqual(['default', 'embedding', 'org/chat-1', 'tiny', 'mini-embed']);
  expect(data[0]).toStrictEqual({
    id: 'default',
    object: 'model',
    created: 1736937000,
    owned_by: 'plexus',
    plexus: { service: 'llm', nodes: 2, features: ['chat', 'penalties', 'json_object', 'json_schema'] },
  });
  expect(await client.models.retrieve('org/chat-1')).toMatchObject({ id: 'org/chat-1', plexus: { nodes: 2 } });
  await expect(client.models.retrieve('gpt-4o')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
});

test('an alias without a model behind it is not listed', async () => {
  const { client } = await aWorld({ models: [PROSE_MODEL, { ...PROSE_MODEL, service: 'translate' }] });
  expect((await client.models.list()).data.map(({ id }) => id)).toStrictEqual(['default', 'tiny']);
});
