import { createHash } from 'node:crypto';
import { NODE_MESSAGES, payloadBytes, receiptPayload, type TaskResult, verifySignature } from '@plexus/protocol';
import { RunError } from '@plexus/runners';
import { Check } from 'typebox/value';
import { expect, test } from 'vitest';
import { nodeCrypto } from '../src/crypto.ts';
import { assignment, connectedNode, manualNode, manualRunner, TERMS } from './setup.ts';
import type { Peer } from './scripted-coordinator.ts';

async function result(peer: Peer): Promise<TaskResult> {
  const payload: unknown = await peer.next('TASK_RESULT');
  expect(Check(NODE_MESSAGES.TASK_RESULT, payload)).toBe(true);
  return payload as TaskResult;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Whether the coordinator, which knows the terms itself, comes to the same signed bytes. */
function isSigned(answer: TaskResult, nodeId: string): boolean {
  const { work, task_id } = answer;
  if (!work) return false;
  const payload = receiptPayload({
    receiptId: task_id.replace('task', 'receipt'),
    jobId: task_id,
    minerId: nodeId,
    clientId: TERMS.client,
    units: work.units,
    unitType: TERMS.unit_type,
    unitPriceMicro: BigInt(TERMS.unit_price_micro),
    startedAt: work.started_at,
    completedAt: work.completed_at,
    metadata: work.metadata,
  });
  return verifySignature(nodeCrypto, payloadBytes(payload), work.signature);
}

test('a task that succeeds is answered with what it made, what it took and a signature of its own', async () => {
  const { node, peer } = await connectedNode();
  peer.send('TASK_ASSIGN', assignment({ content: 'Grüße' }));
  const answer = await result(peer);
  expect(answer).toMatchObject({ status: 'completed', node_id: node.nodeId, result: 'Echo: Grüße', epoch: 1 });
  expect(Number.isInteger(answer.processing_time_ms)).toBe(true);
  expect(answer.work).toMatchObject({
    units: 1,
    metadata: { input_sha256: sha256('Grüße'), output_sha256: sha256('Echo: Grüße'), service: 'echo' },
    signature: { alg: 'Ed25519', key_id: node.nodeId.slice('node-'.length) },
  });
  expect(isSigned(answer, node.nodeId)).toBe(true);
  expect(Date.parse(answer.work?.completed_at ?? '')).toBeGreaterThanOrEqual(Date.parse(answer.work?.started_at ?? ''));
});

test('a task that succeeds shares one signature with the others of its turn', async () => {
  const { node, peer, runs } = await manualNode(50);
  for (let index = 0; index < 50; index++) peer.send('TASK_ASSIGN', assignment({ task_type: 'llm' }));
  const open = await runs.many(50);
  for (const run of open) run.finish({ metadata: { model: 'm', prompt_tokens: 3 } });
  const answers = (await peer.inbox('TASK_RESULT').many(50)).map(({ payload }) => payload as unknown as TaskResult);
  expect(new Set(answers.map(({ work }) => work?.signature.sig)).size).toBe(1);
  for (const answer of answers) {
    expect(answer.work?.signature.alg).toBe('Ed25519-MerkleBatch');
    expect(answer.work?.metadata).toMatchObject({ model: 'm', prompt_tokens: 3, service: 'llm' });
    expect(isSigned(answer, node.nodeId), answer.task_id).toBe(true);
  }
});

test('a task that succeeds shares no signature where its terms ask for one alone', async () => {
  const { node, peer, runs } = await manualNode(50);
  for (let index = 0; index < 50; index++) {
    const task = assignment({ task_type: 'llm' });
    const alone = { ...task, receipt: { ...(task['receipt'] as object), alone: true } };
    peer.send('TASK_ASSIGN', index < 3 ? alone : task);
  }
  for (const run of await runs.many(50)) run.finish();
  const answers = (await peer.inbox('TASK_RESULT').many(50)).map(({ payload }) => payload as unknown as TaskResult);
  const kinds = answers.map(({ work }) => work?.signature.alg);
  expect(kinds).toEqual([...Array(3).fill('Ed25519'), ...Array(47).fill('Ed25519-MerkleBatch')]);
  for (const answer of answers) expect(isSigned(answer, node.nodeId), answer.task_id).toBe(true);
});

test('a task that succeeds has a signature that breaks with any word of it', async () => {
  const { node, peer } = await connectedNode();
  peer.send('TASK_ASSIGN', assignment());
  const answer = await result(peer);
  const { work } = answer;
  if (!work) throw new Error('nothing was signed');
  expect(isSigned({ ...answer, work: { ...work, units: 2 } }, node.nodeId)).toBe(false);
  expect(isSigned(answer, 'node-0000000000000000')).toBe(false);
});

test('a task that succeeds is not signed where the coordinator named no terms', async () => {
  const { peer } = await connectedNode();
  peer.send('task_assign', { ...assignment(), receipt: undefined, epoch: undefined });
  const answer = await result(peer);
  expect(answer).toMatchObject({ status: 'completed', result: 'Echo: hello' });
  expect(answer).not.toHaveProperty('work');
  expect(answer).not.toHaveProperty('epoch');
});

test('a task that succeeds is accepted only when it does not end in the turn in which it came', async () => {
  const { peer, runs } = await manualNode();
  const task = assignment({ task_type: 'llm' });
  peer.send('TASK_ASSIGN', task);
  expect(await peer.next('TASK_ACCEPT')).toEqual({ task_id: task.task_id, epoch: 1 });
  (await runs.next()).finish();
  await result(peer);

  const { peer: other } = await connectedNode();
  other.send('TASK_ASSIGN', assignment());
  await result(other);
  expect(other.inbox('TASK_ACCEPT').waiting).toEqual([]);
});

test('a task that succeeds says how far it is, whole and rising', async () => {
  const { peer, runs } = await manualNode();
  peer.send('TASK_ASSIGN', assignment({ task_type: 'llm' }));
  const { context, finish } = await runs.next();
  await peer.next('TASK_ACCEPT');
  for (const percent of [1, 40.7, 12, Number.NaN]) context.progress(percent);
  expect(await peer.next('TASK_PROGRESS')).toMatchObject({ percent: 40, epoch: 1 });
  context.progress(140);
  expect(await peer.next('TASK_PROGRESS')).toMatchObject({ percent: 100 });
  finish();
  await result(peer);
  expect(peer.inbox('TASK_PROGRESS').waiting).toEqual([]);
});

test('a task that fails for want of a runner says so in the words of the original', async () => {
  const { peer } = await connectedNode();
  peer.send('TASK_ASSIGN', assignment({ task_type: 'paint' }));
  const message = 'No handler registered for task type: paint';
  expect(await result(peer)).toMatchObject({
    status: 'failed',
    result: message,
    epoch: 1,
    error: { code: 'NO_HANDLER', message, retryable: true },
  });
});

test('a task that fails over capacity leaves the place to those that have it', async () => {
  const { peer, runs } = await manualNode(1);
  peer.send('TASK_ASSIGN', assignment({ task_type: 'llm' }));
  const first = await runs.next();
  const second = assignment({ task_type: 'llm' });
  peer.send('TASK_ASSIGN', second);
  expect(await result(peer)).toMatchObject({
    task_id: second.task_id,
    status: 'failed',
    error: { code: 'AT_CAPACITY', retryable: true },
  });
  first.finish();
  expect(await result(peer)).toMatchObject({ status: 'completed' });
  peer.send('TASK_ASSIGN', assignment({ task_type: 'llm' }));
  (await runs.next()).finish();
  expect(await result(peer)).toMatchObject({ status: 'completed' });
});

test.each([
  [new RunError('INVALID_INPUT', 'too long'), { code: 'INVALID_INPUT', message: 'too long', retryable: false }],
  [
    new RunError('ENGINE_FAILED', 'out of memory'),
    { code: 'ENGINE_FAILED', message: 'out of memory', retryable: true },
  ],
  [new TypeError('secret path'), { code: 'ENGINE_FAILED', message: 'The runner failed unexpectedly', retryable: true }],
])('a task that fails tells the reason: %s', async (thrown, error) => {
  const { peer, runs } = await manualNode();
  peer.send('TASK_ASSIGN', assignment({ task_type: 'llm' }));
  (await runs.next()).fail(thrown);
  const answer = await result(peer);
  expect(answer).toMatchObject({ status: 'failed', error });
  expect(answer).not.toHaveProperty('work');
});

test("a client's own fault is no failed request of the node", async () => {
  const { runs, substitutes } = manualRunner();
  const { node, peer } = await connectedNode({ ports: [0], services: ['llm'] }, substitutes);
  for (const error of [new RunError('INVALID_INPUT', 'empty'), new RunError('ENGINE_FAILED', 'out of memory')]) {
    peer.send('TASK_ASSIGN', assignment({ task_type: 'llm' }));
    (await runs.next()).fail(error);
    await result(peer);
  }
  const { requests } = JSON.parse(await (await fetch(`${node.urls[0]}/jsonstats`)).text());
  expect(requests).toEqual({ total: 1, success: 0, failed: 1 });
});

test.each([
  [{ units: 6 }, 'UNITS_EXCEEDED'],
  [{ units: 0.5 }, 'ENGINE_FAILED'],
  [{ units: -1 }, 'ENGINE_FAILED'],
  [{ metadata: { temperature: 0.7 } }, 'ENGINE_FAILED'],
  [{ output: '\u0001'.repeat(3_000_000) }, 'OUTPUT_TOO_LARGE'],
])('a task that fails for what its runner made: %#', async (made, code) => {
  const { node, peer, runs } = await manualNode();
  peer.send('TASK_ASSIGN', assignment({ task_type: 'llm' }));
  peer.send('TASK_ASSIGN', assignment({ task_type: 'llm' }));
  const [bad, good] = await runs.many(2);
  bad?.finish(made);
  good?.finish();
  expect(await result(peer)).toMatchObject({ status: 'failed', error: { code } });
  const neighbour = await result(peer);
  expect(neighbour.status).toBe('completed');
  expect(isSigned(neighbour, node.nodeId)).toBe(true);
});

test('a lease that is cancelled aborts its work and is not answered', async () => {
  const { peer, runs } = await manualNode(1);
  const task = assignment({ task_type: 'llm' });
  peer.send('TASK_ASSIGN', task);
  const { context, fail } = await runs.next();
  peer.send('TASK_CANCEL', { task_id: task.task_id, epoch: 2, reason: 'another lease' });
  peer.send('TASK_CANCEL', { task_id: task.task_id, epoch: 1, reason: 'nobody waits' });
  await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
  const next = assignment({ task_type: 'llm' });
  peer.send('TASK_ASSIGN', next);
  const second = await runs.next();
  fail(new RunError('CANCELLED', 'stopped'));
  second.finish();
  expect(await result(peer)).toMatchObject({ task_id: next.task_id });
  expect(peer.inbox('TASK_RESULT').waiting).toEqual([]);
});

test('a lease whose deadline passes ends with a timeout', async () => {
  const { peer, runs } = await manualNode();
  peer.send('TASK_ASSIGN', assignment({ task_type: 'llm', deadline_ms: 1 }));
  const { context, fail } = await runs.next();
  await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
  expect(context.signal.reason).toMatchObject({ name: 'TimeoutError' });
  fail(new RunError('TIMEOUT', 'The time for the task ran out'));
  expect(await result(peer)).toMatchObject({ status: 'failed', error: { code: 'TIMEOUT', retryable: true } });
});

test('a lease of a newer epoch takes the place of the older', async () => {
  const { peer, runs } = await manualNode();
  const task = assignment({ task_type: 'llm', epoch: 2 });
  peer.send('TASK_ASSIGN', task);
  const older = await runs.next();
  peer.send('TASK_ASSIGN', { ...task, epoch: 1 });
  peer.send('TASK_ASSIGN', { ...task, epoch: 2 });
  peer.send('TASK_ASSIGN', { ...task, epoch: 3 });
  const newer = await runs.next();
  expect(older.context.signal.aborted).toBe(true);
  older.finish({ output: 'old' });
  newer.finish({ output: 'new' });
  expect(await result(peer)).toMatchObject({ epoch: 3, result: 'new' });
  expect(peer.inbox('TASK_RESULT').waiting).toEqual([]);
  expect(runs.waiting).toEqual([]);
});

test('a lease ends before a node that drains does, and nothing new is begun', async () => {
  const { node, peer, runs } = await manualNode();
  peer.send('TASK_ASSIGN', assignment({ task_type: 'llm' }));
  const { finish } = await runs.next();
  const drained = node.drain();
  await peer.next('DRAIN');
  peer.send('TASK_ASSIGN', assignment({ task_type: 'llm' }));
  expect(await result(peer)).toMatchObject({ error: { code: 'DRAINING', retryable: true } });
  finish();
  await drained;
  expect(await result(peer)).toMatchObject({ status: 'completed' });
});

test('a lease is not begun while the coordinator drains this node', async () => {
  const { peer } = await connectedNode();
  peer.send('DRAIN', {});
  peer.send('TASK_ASSIGN', assignment());
  expect(await result(peer)).toMatchObject({ error: { code: 'DRAINING' } });
});
