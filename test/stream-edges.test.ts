/** What may go wrong with a stream: engines that hang, readers that stand still, nodes that lie, coordinators that stop. */
import { STREAM_WINDOW } from '@plexus/protocol';
import { expect, it } from 'vitest';
import { createWorld, join, settle } from './support/engine-world.ts';
import { Engine, firstOf, openStream, PROMPT_TOKENS, read, start, WORDS } from './support/stream-world.ts';

it('leaves a node whose engine hangs, and goes on at another', async () => {
  const world = await createWorld();
  const engines = [new Engine(await join(world, 'node-a')), new Engine(await join(world, 'node-b'))];
  const opening = start(world, new AbortController().signal, 600);
  await settle();
  engines[0]?.step(world);
  const reader = read(await opening);
  await world.time.pass(250_000);
  expect(engines[0]?.session.tasks).toEqual([]);
  for (let i = 0; i < 12; i++) engines[1]?.step(world);
  await settle();
  await reader.done;
  expect(reader.text).toBe(WORDS.join(''));
});

it('waits for a node whose model thinks before it says anything', async () => {
  const world = await createWorld();
  const engine = new Engine(await join(world, 'node-a'));
  const opening = start(world, new AbortController().signal, 600);
  await settle();
  const { task_id = '', epoch = 1 } = engine.session.tasks[0] ?? {};
  for (const percent of [10, 20, 30]) {
    await world.time.pass(110_000);
    if (engine.session.node) world.desk.progress(engine.session.node, { task_id, epoch, percent });
  }
  for (let i = 0; i <= WORDS.length; i++) engine.step(world);
  const reader = read(await opening);
  await reader.done;
  expect(reader.text).toBe(WORDS.join(''));
});

it('lets a node go on only as its pieces are read', async () => {
  const { world, node, stream, send } = await openStream(100);
  for (let seq = 1; seq < STREAM_WINDOW; seq++) send({ seq });
  await settle();
  expect(node.windows.size).toBe(0);
  const reader = read(stream);
  await settle();
  expect([...node.windows.values()]).toEqual([STREAM_WINDOW]);
  expect(reader.tokens).toBe(STREAM_WINDOW);
  await world.time.pass(100_000);
  await reader.done;
});

it('does not charge what nobody read when its time is over', async () => {
  const { world, stream, send } = await openStream(100);
  for (let seq = 1; seq < 40; seq++) send({ seq });
  const [first] = await firstOf(stream);
  await world.time.pass(100_000);
  const job = await stream.ended;
  expect(first?.tokens).toBe(1);
  expect(job).toMatchObject({ state: 'timed_out', units: PROMPT_TOKENS + 1 });
});

it.each([
  ['too long a prompt', { tokens: 0, text: '', token_ids: [], prompt_tokens: 12 }],
  ['more tokens than were asked for', { tokens: 101, token_ids: [] }],
  ['text without tokens, and no end of it', { tokens: 0, token_ids: [], text: 'x'.repeat(200_000) }],
  ['a piece out of its place', { seq: 7 }],
])('takes the job from a node that sends %s, and charges nothing for it', async (_what, lie) => {
  const world = await createWorld();
  const node = await join(world, 'node-a');
  const opening = start(world, new AbortController().signal, 60, 100);
  await settle();
  const { task_id = '', epoch = 1 } = node.tasks[0] ?? {};
  if (!node.node) throw new Error('The node is not connected');
  expect(world.desk.chunk(node.node, { task_id, epoch, seq: 0, text: 'x', tokens: 1, ...lie })).toBe(false);
  const { job } = await opening;
  expect(job.state).not.toBe('completed');
  await world.time.pass(100_000);
  expect((await world.books.read.findAccount('client'))?.spent).toBe(0n);
  expect((await world.books.read.findScore('node-a'))?.failed).toBe(1);
});

it.each([
  ['other tokens of the prompt', { prompt_tokens: PROMPT_TOKENS + 1, completion_tokens: 0 }],
  ['other tokens of the answer', { prompt_tokens: PROMPT_TOKENS, completion_tokens: 2 }],
  ['nodes that did nothing', { prompt_tokens: PROMPT_TOKENS, completion_tokens: 1, segments: 'somebody:4' }],
])('refuses an answer that claims %s', async (_what, metadata) => {
  const { world, node, stream } = await openStream(100);
  const { task_id = '', epoch = 1 } = node.tasks[0] ?? {};
  const signature = { alg: 'Ed25519' as const, key_id: '', sig: '', public_key: '' };
  const work = { units: PROMPT_TOKENS + 1, started_at: '', completed_at: '', metadata, signature };
  const reader = read(stream);
  await settle();
  if (node.node) world.desk.result(node.node, { task_id, epoch, status: 'completed', result: 'x', work });
  await world.time.pass(100_000);
  await reader.done;
  expect(await stream.ended).toMatchObject({ state: 'failed', units: PROMPT_TOKENS + 1 });
});

it('charges the prompt also when the node says its tokens after the text, but only once', async () => {
  const world = await createWorld();
  const node = await join(world, 'node-a');
  const opening = start(world, new AbortController().signal);
  await settle();
  const { task_id = '', epoch = 1 } = node.tasks[0] ?? {};
  if (!node.node) throw new Error('The node is not connected');
  const last = { text: '', tokens: 0, prompt_tokens: PROMPT_TOKENS };
  world.desk.chunk(node.node, { task_id, epoch, seq: 0, text: 'x', tokens: 1 });
  for (const seq of [1, 2]) world.desk.chunk(node.node, { task_id, epoch, seq, ...last });
  const metadata = { prompt_tokens: PROMPT_TOKENS, completion_tokens: 1 };
  const signature = { alg: 'Ed25519' as const, key_id: '', sig: '', public_key: '' };
  const work = { units: PROMPT_TOKENS + 1, started_at: '', completed_at: '', metadata, signature };
  world.desk.result(node.node, { task_id, epoch, status: 'completed', result: 'x', work });
  const stream = await opening;
  await read(stream).done;
  expect(await stream.ended).toMatchObject({ state: 'completed', units: PROMPT_TOKENS + 1 });
});

it('is known to have failed when no node begins it', async () => {
  const world = await createWorld();
  const engine = new Engine(await join(world, 'node-a'));
  const opening = start(world, new AbortController().signal);
  await settle();
  engine.fail(world);
  const { job } = await opening;
  expect(job).toMatchObject({ state: 'failed', reason: 'failed_everywhere' });
});

it('ends with the coordinator, charged as delivered, and is not run again for nobody', async () => {
  const { world, stream } = await openStream(100);
  const reader = read(stream);
  await settle();
  await Promise.all([world.jobs.drain(2000), world.time.pass(3000)]);
  await reader.done;
  expect(await stream.ended).toMatchObject({ state: 'cancelled', units: PROMPT_TOKENS + 1 });
});

it('delivers nothing of an answer that was not streamed and claims more of the prompt than of all', async () => {
  const world = await createWorld();
  const node = await join(world, 'node-a');
  const opening = start(world, new AbortController().signal);
  await settle();
  const { task_id = '', epoch = 1 } = node.tasks[0] ?? {};
  const signature = { alg: 'Ed25519' as const, key_id: '', sig: '', public_key: '' };
  const work = { units: 2, started_at: '', completed_at: '', metadata: { prompt_tokens: 3 }, signature };
  if (node.node) world.desk.result(node.node, { task_id, epoch, status: 'completed', result: 'forged', work });
  const reader = read(await opening);
  await world.time.pass(100_000);
  await reader.done;
  expect(reader.text).toBe('');
  expect((await world.books.read.findAccount('client'))?.spent).toBe(0n);
});
