/** What becomes of a node that is told to go: it is gone at once, and an operator finds why in the log. */
import { createTestNetwork, RawNode, type TestNetwork } from '@plexus/testkit';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** More than a node may send to no use at once. */
const FLOOD = 20_000;

interface LogLine {
  readonly nodeId?: string;
  readonly jobId?: string;
  readonly code?: string;
  readonly reason?: string;
}

const logged: LogLine[] = [];
let network: TestNetwork;
let key: string;

beforeAll(async () => {
  // What pino writes is one JSON object a line.
  const logger = pino({ level: 'warn' }, { write: (line) => void logged.push(JSON.parse(line) as LogLine) });
  network = await createTestNetwork({ nodes: 0, coordinator: { logger } });
  key = (await network.register()).api_key;
});
afterAll(() => network[Symbol.asyncDispose]());

async function connect(nodeId: string, capability: string): Promise<RawNode> {
  return await RawNode.join(network.url, { nodeId, capability });
}

const submit = (task_type: string) =>
  network.call('POST', '/api/v1/request', { body: { task_type, content: 'x', api_key: key } });

const answer = (node: RawNode, task_id: unknown, result: string) =>
  node.send('TASK_RESULT', { task_id, status: 'completed', result, processing_time_ms: 1 });

const linesOf = (node: string) => logged.filter(({ nodeId }) => nodeId === node);

it('logs a result of the wrong node, of an old lease and of an unknown task', async () => {
  const [worker, thief] = [await connect('worker', 'forge'), await connect('thief', 'other')];
  const answered = submit('forge');
  const { task_id: jobId } = (await worker.next('TASK_ASSIGN')).payload;
  answer(thief, jobId, 'forged');
  await thief.next('ERROR');
  worker.send('TASK_RESULT', { task_id: jobId, epoch: 7, status: 'completed', result: 'forged' });
  await worker.next('ERROR');
  answer(worker, 'nobody-knows-it', 'forged');
  await worker.next('ERROR');
  answer(worker, jobId, 'honest');
  expect((await answered).body.result).toBe('honest');

  expect(linesOf('thief')).toMatchObject([{ jobId, reason: 'NOT_YOUR_TASK' }]);
  expect(linesOf('worker')).toMatchObject([
    { jobId, reason: 'STALE_LEASE' },
    { jobId: 'nobody-knows-it', reason: 'UNKNOWN_TASK' },
  ]);
  worker.terminate();
  thief.terminate();
});

it('says once of a node that floods that it was cut off, however much it had sent already', async () => {
  const node = await connect('flood', 'flood');
  for (let i = 0; i < FLOOD; i++) node.send('MAKE_COFFEE', {});
  expect(await node.closed()).toBe(1008);
  expect(linesOf('flood')).toMatchObject([{ code: 'FLOODING' }]);
});

it('gives the task of a node that was cut off to the next one, also when it does not hang up', async () => {
  const deaf = await connect('deaf', 'moved');
  const answered = submit('moved');
  const { task_id } = (await deaf.next('TASK_ASSIGN')).payload;
  const next = await connect('next', 'moved');
  deaf.stopReading();
  for (let i = 0; i < FLOOD; i++) deaf.send('MAKE_COFFEE', {});
  expect((await next.next('TASK_ASSIGN')).payload['task_id']).toBe(task_id);
  answer(next, task_id, 'moved');
  expect((await answered).body).toMatchObject({ result: 'moved', node_id: 'next', cost: 10 });
  deaf.terminate();
  next.terminate();
});
