/** Containers that do not do their work: every job ends with the container's id and the reason, and the next one works. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createInfernetWorld,
  type InfernetWorld,
  sendJson,
  startContainer,
  type TestContainer,
} from './support/infernet-world.ts';

const SCRIPT = new URL('./support/container-process.mjs', import.meta.url).pathname;

let faulty: TestContainer;
let other: TestContainer;
let processes: ChildProcess[];
let world: InfernetWorld;
/** Answers that a test has not given yet. */
const held: (() => void)[] = [];

beforeAll(async () => {
  other = await startContainer(() => ({ reached: true }));
  faulty = await startContainer((data, response) => misbehave(data, response));
  const started = await Promise.all([startProcess(1), startProcess(10)]);
  processes = started.map(({ child }) => child);
  const rules = { url: faulty.url, timeout_seconds: 0.3, max_answer_bytes: 1000 };
  world = await createInfernetWorld({
    containers: [
      { id: 'faulty', ...rules },
      { id: 'busy', url: faulty.url, concurrency: 1, max_pending: 3 },
      { id: 'rare', url: faulty.url, rate_limit: { num_requests: 2, period: 60 } },
      { id: 'gone', url: 'http://127.0.0.1:1' },
      ...started.map(({ url }, at) => ({ id: `process-${at}`, url })),
    ],
    coordinator: { rateLimits: 'on' },
  });
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  for (const child of processes) child.kill('SIGKILL');
  await faulty[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

type Misdeed = (response: ServerResponse, n: number) => unknown;

/** Ways in which a container does not do its work, by their names. */
const MISDEEDS: Readonly<Record<string, Misdeed>> = {
  '500': (response) => sendJson(response, { detail: 'out of luck' }, 500),
  '302': (response) => response.writeHead(302, { location: `${other.url}/service_output` }).end(),
  text: (response) => response.end('Internal error of some kind'),
  dies(response) {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"n":');
    setImmediate(() => response.destroy());
  },
  large: (response) => sendJson(response, { text: 'x'.repeat(5000) }),
  hangs: () => undefined,
  held: (response, n) => held.push(() => sendJson(response, { n })),
  half(response) {
    response.write('half of it');
    setTimeout(() => response.destroy(), 20);
  },
};

/** Does what it is told, which is wrong, else adds one. */
function misbehave({ how = '', n }: { how?: string; n: number }, response: ServerResponse): unknown {
  const misdeed = MISDEEDS[how];
  if (!misdeed) return { n: n + 1 };
  misdeed(response, n);
  return undefined;
}

async function startProcess(added: number): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [SCRIPT, String(added)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, url: `http://127.0.0.1:${port.toString().trim()}` };
}

async function errorOf(containers: readonly string[], data: object): Promise<unknown> {
  const job = await world.ended(await world.post(containers, data));
  expect(job.status).toBe('failed');
  return job.result;
}

describe('a container that', () => {
  it.each([
    ['answers 500 with JSON', '500', 'It answered with HTTP status 500: {"detail":"out of luck"}'],
    ['answers with text', 'text', 'It answered with something that is no JSON: Internal error of some kind'],
    ['dies in the middle of its answer', 'dies', 'The connection failed: ECONNRESET'],
    ['answers at too great length', 'large', 'The answer has more than 1000 bytes'],
    ['never answers', 'hangs', 'It took too long'],
    ['sends the caller elsewhere', '302', 'It answered with HTTP status 302'],
  ])('%s fails its job, and the next one works', async (_name, how, error) => {
    expect(await errorOf(['faulty'], { how })).toEqual({ container: 'faulty', error });
    const next = await world.ended(await world.post(['faulty'], { n: 1 }));
    expect(next).toMatchObject({ status: 'success', result: { output: { n: 2 } } });
    expect(other.inputs).toEqual([]);
  });

  it('is not there fails its job', async () => {
    const error = 'The connection failed: ECONNREFUSED';
    expect(await errorOf(['gone'], {})).toEqual({ container: 'gone', error });
  });

  it('fails in the middle of a chain leaves what came before it, and what comes after it does not run', async () => {
    const before = faulty.inputs.length;
    const id = await world.post(['process-0', 'gone', 'faulty'], { n: 1 });
    expect(await world.ended(id)).toMatchObject({
      status: 'failed',
      result: { container: 'gone' },
      intermediate_results: [{ container: 'process-0', output: { n: 2 } }],
    });
    expect(faulty.inputs).toHaveLength(before);
  });

  it('dies in the middle of a stream ends it with an error', async () => {
    const body = { containers: ['faulty'], data: { how: 'half' } };
    const { text } = await world.call('POST', '/api/jobs/stream', { body });
    const [id = '', half, last = ''] = text.trim().split('\n');
    expect([half, JSON.parse(last)]).toEqual(['half of it', { error: 'The connection failed: ECONNRESET' }]);
    expect(await world.ended(id)).toMatchObject({ status: 'failed', result: { container: 'faulty' } });
  });
});

describe('two processes', () => {
  it('work on one job, and one that exits fails only the job that it had', async () => {
    const job = await world.ended(await world.post(['process-0', 'process-1'], { n: 1 }));
    expect(job).toMatchObject({
      status: 'success',
      result: { container: 'process-1', output: { n: 12, pid: processes[1]?.pid } },
      intermediate_results: [{ container: 'process-0', output: { n: 2, pid: processes[0]?.pid } }],
    });
    const result = await errorOf(['process-0', 'process-1'], { n: 1, exit: true });
    expect(result).toMatchObject({ container: 'process-0', error: expect.stringMatching(/connection failed/) });
    const next = await world.ended(await world.post(['process-1'], { n: 1 }));
    expect(next).toMatchObject({ status: 'success', result: { output: { n: 11 } } });
  });
});

describe('a busy container', () => {
  it('works on as many jobs as it may, lets as many wait as fit, and the rest is refused', async () => {
    const ids = [];
    for (const n of [1, 2, 3]) ids.push(await world.post(['busy'], { how: 'held', n }));
    const refused = await world.call('POST', '/api/jobs', { body: { containers: ['busy'], data: {} } });
    expect([refused.status, refused.body]).toEqual([
      503,
      { error: 'Container has too many jobs', params: { container: 'busy' } },
    ]);
    expect(refused.headers['retry-after']).toBe('1');
    expect((await world.call('GET', '/info')).body.pending.offchain).toBe(3);
    // Others are not held up by it.
    expect(await world.ended(await world.post(['faulty'], { n: 1 }))).toMatchObject({ status: 'success' });
    for (const [at, id] of ids.entries()) {
      await expect.poll(() => held.length).toBe(1);
      expect(faulty.inputs.at(-1)?.data).toEqual(at === 0 ? { n: 1 } : { how: 'held', n: at + 1 });
      held.pop()?.();
      expect(await world.ended(id)).toMatchObject({ result: { output: { n: at + 1 } } });
    }
    expect((await world.call('GET', '/info')).body.pending.offchain).toBe(0);
  });
});

describe('a rare container', () => {
  it('may be called so often by each client', async () => {
    const ask = (from: string) =>
      world.call('POST', '/api/jobs', { body: { containers: ['rare'], data: { n: 1 } }, from });
    const statuses = [];
    for (let calls = 0; calls < 3; calls++) statuses.push((await ask('127.0.0.31')).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect((await ask('127.0.0.31')).headers['retry-after']).toBe('30');
    expect((await ask('127.0.0.32')).status).toBe(200);
  });
});
