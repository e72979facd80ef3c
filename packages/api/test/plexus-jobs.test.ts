import { DomainError, type SubmitJob } from '@plexus/core';
import { expect, test } from 'vitest';
import { aJob, aListener, AT, CLIENT, JOB_ID, plexusDeps } from './fakes.ts';

const headers = { 'x-api-key': 'gn_client' };
const { jobs } = plexusDeps();

const VIEW = {
  id: JOB_ID,
  service: 'echo',
  state: 'completed',
  reason: 'done',
  progress: 100,
  node_id: 'abc-123',
  result: 'Echo: Hello world!',
  error: null,
  held: '0',
  cost: '10',
  units: 1,
  facts: null,
  attempts: [],
  receipt_id: null,
  created_at: '2025-01-15T10:30:00.000Z',
  started_at: null,
  ended_at: null,
  deadline_at: '2025-01-15T10:31:00.000Z',
  processing_time_ms: 15,
};

test('a job is seen whole', async () => {
  const attempt = { epoch: 1, nodeId: 'abc-123', startedAt: AT, endedAt: AT, outcome: 'completed' } as const;
  const get = async () => aJob({ attempts: [attempt], receiptIndex: 0, startedAt: AT, endedAt: AT });
  const app = await aListener({ plexus: { jobs: { ...jobs, get } } });
  const at = '2025-01-15T10:30:00.000Z';
  expect((await app.inject({ url: `/plexus/v1/jobs/${JOB_ID}`, headers })).json()).toStrictEqual({
    ...VIEW,
    attempts: [{ epoch: 1, node_id: 'abc-123', started_at: at, ended_at: at, outcome: 'completed', error: null }],
    receipt_id: `receipt_${JOB_ID}`,
    started_at: at,
    ended_at: at,
  });
});

test('a job is submitted and answered at once, or waited for', async () => {
  const asked: SubmitJob[] = [];
  const waits: unknown[] = [];
  const submit = async (request: SubmitJob) => {
    asked.push(request);
    return aJob({ state: 'queued', cost: 0n });
  };
  const wait = async (...request: unknown[]) => {
    waits.push(request.slice(1));
    return aJob();
  };
  const app = await aListener({ plexus: { jobs: { ...jobs, submit, wait } } });
  const post = (payload: object) => app.inject({ method: 'POST', url: '/plexus/v1/jobs', headers, payload });
  const body = { service: 'echo', content: 'Hello', max_cost: '0.000001' };
  const atOnce = await post(body);
  expect([atOnce.statusCode, atOnce.json()]).toMatchObject([201, { state: 'queued', held: '10', progress: 0 }]);
  const waited = await post({ ...body, wait_seconds: 5 });
  expect([waited.statusCode, waited.json()]).toMatchObject([201, { state: 'completed' }]);
  expect(waits).toStrictEqual([[JOB_ID, 5000]]);
  const request = { caller: CLIENT, service: 'echo', content: 'Hello', params: {}, detached: true, maxCost: 1n };
  expect(asked).toStrictEqual([request, request]);
});

test.each(['jobs?after=zzz', 'jobs?after=', 'jobs?after=01A21A24', 'keys?after=operator'])(
  'a list does not begin anew, or end, after what is no cursor of it: %s',
  async (path) => {
    const app = await aListener({ plexus: { jobs } });
    const answer = await app.inject({ url: `/plexus/v1/${path}`, headers });
    expect([answer.statusCode, answer.json()]).toMatchObject([422, { error: { details: { field: 'after' } } }]);
  },
);

test('a full page names the cursor of the next, the last one none', async () => {
  const asked: unknown[] = [];
  const list = async (...request: unknown[]) => {
    asked.push(request.slice(1));
    return [aJob({ id: 'b' }), aJob({ id: 'a' })];
  };
  const app = await aListener({ plexus: { jobs: { ...jobs, list } } });
  const full = await app.inject({ url: `/plexus/v1/jobs?limit=2&after=${JOB_ID}&state=completed&all=true`, headers });
  expect(full.json()).toMatchObject({ items: [{ id: 'b' }, { id: 'a' }], next: 'a' });
  expect((await app.inject({ url: '/plexus/v1/jobs', headers })).json()).toMatchObject({ next: null });
  expect(asked).toStrictEqual([
    [
      { everybody: true, state: 'completed' },
      { limit: 2, after: JOB_ID },
    ],
    [{ everybody: false }, { limit: 50 }],
  ]);
});

test('a decision is explained', async () => {
  const considered = [
    { nodeId: 'a', score: 0.5, parts: { load: 0.5 } },
    { nodeId: 'b', parts: {}, ruledOut: 'at capacity' },
  ];
  const get = async () => aJob({ decisions: [{ at: AT, chosen: 'a', considered, notConsidered: 3 }] });
  const app = await aListener({ plexus: { jobs: { ...jobs, get } } });
  const response = await app.inject({ url: `/plexus/v1/jobs/${JOB_ID}/explain`, headers });
  expect(response.json().decisions).toStrictEqual([
    {
      at: '2025-01-15T10:30:00.000Z',
      chosen: 'a',
      considered: [
        { node_id: 'a', score: 0.5, parts: { load: 0.5 }, ruled_out: null },
        { node_id: 'b', score: null, parts: {}, ruled_out: 'at capacity' },
      ],
      not_considered: 3,
      unfit: [],
    },
  ]);
});

test('a refusal has its code, its facts and the id of the request', async () => {
  const details = { jobId: JOB_ID, state: 'completed' };
  const cancel = () => Promise.reject(new DomainError('JOB_ALREADY_ENDED', 'The job has already ended', details));
  const app = await aListener({ plexus: { jobs: { ...jobs, cancel } } });
  const url = `/plexus/v1/jobs/${JOB_ID}/cancel`;
  const response = await app.inject({ method: 'POST', url, headers: { ...headers, 'x-request-id': 'mine' } });
  expect([response.statusCode, response.json()]).toStrictEqual([
    409,
    { error: { code: 'JOB_ALREADY_ENDED', message: 'The job has already ended', details, request_id: 'mine' } },
  ]);
});

test('a client that no node is there for is told when to come back', async () => {
  const submit = () => Promise.reject(new DomainError('NO_NODE_AVAILABLE', 'No node', { service: 'echo', unfit: [] }));
  const app = await aListener({ plexus: { jobs: { ...jobs, submit } } });
  const payload = { service: 'echo', content: 'x' };
  const response = await app.inject({ method: 'POST', url: '/plexus/v1/jobs', headers, payload });
  expect([response.statusCode, response.headers['retry-after']]).toStrictEqual([503, '2']);
});

test.each([
  [{ content: 'x' }, { field: 'service', part: 'body' }],
  [
    { service: 'echo', content: 5 },
    { field: 'content', part: 'body' },
  ],
  [
    { service: 'echo', content: '', max_cost: '-1' },
    { field: 'max_cost', part: 'body' },
  ],
  [
    { service: 'echo', content: '', wait_seconds: 61 },
    { field: 'wait_seconds', part: 'body' },
  ],
])('%j is refused', async (payload, details) => {
  const app = await aListener({ plexus: {} });
  const response = await app.inject({ method: 'POST', url: '/plexus/v1/jobs', headers, payload });
  expect([response.statusCode, response.json()]).toMatchObject([422, { error: { code: 'INVALID_INPUT', details } }]);
});

test('without a key nothing is read', async () => {
  const app = await aListener({ plexus: {} });
  const options = { method: 'POST', url: '/plexus/v1/jobs', payload: '{broken' } as const;
  const response = await app.inject({ ...options, headers: { 'content-type': 'application/json' } });
  expect([response.statusCode, response.json()]).toMatchObject([401, { error: { code: 'MISSING_API_KEY' } }]);
  const keyed = await app.inject({ ...options, headers: { ...headers, 'content-type': 'application/json' } });
  expect([keyed.statusCode, keyed.json()]).toMatchObject([400, { error: { code: 'MALFORMED_JSON' } }]);
});
