/** Seed 002, whole: every request is read from the page's text, sent, and its answer compared with what is printed. */
import type { TaskAssign } from '@plexus/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AitbcWorld, MINER_ID, PRINTED_JOB, PRINTED_RESULTS } from './support/aitbc-world.ts';
import { FeedClient } from './support/feed-client.ts';
import {
  differences,
  printedErrors,
  printedMessage,
  type PrintedRequest,
  printedRequests,
} from './support/printed-page.ts';

/** What stands in the place of the page's ids. */
interface Things {
  readonly path?: Readonly<Record<string, string>>;
  readonly body?: object;
}

let world: AitbcWorld;
beforeAll(async () => {
  world = await AitbcWorld.create();
  // From then on it is known how long such jobs take.
  await completeJob();
});
afterAll(() => world[Symbol.asyncDispose]());

/** The printed job, on its miner, which may have others. */
async function runJob(): Promise<TaskAssign> {
  const { body } = await world.call('POST', '/v1/jobs', PRINTED_JOB);
  for (;;) {
    const task = await world.miner.task();
    if (task.task_id === body.job_id) return task;
  }
}

async function completeJob(): Promise<string> {
  const task = await runJob();
  world.miner.complete(task, { output: JSON.stringify(PRINTED_RESULTS), units: 1 });
  await world.ended(task.task_id);
  return task.task_id;
}

const running = async (): Promise<Things> => ({ path: { job_id: (await runJob()).task_id } });
const completed = async (): Promise<Things> => ({ path: { job_id: await completeJob() } });

/** A job that waits, and an offer for it, as the page prints them. */
async function waiting(): Promise<Things> {
  const printed = (path: string) => printedRequests().find((one) => one.method === 'POST' && one.path === path)?.body;
  const offer = await world.call('POST', '/v1/marketplace/offers', printed('/v1/marketplace/offers'));
  const job = await world.call('POST', '/v1/jobs', { ...printed('/v1/jobs'), pricing: { by_offer: true } });
  return { path: { offer_id: offer.body.offer_id }, body: { job_id: job.body.job_id } };
}

async function receipt(): Promise<Things> {
  const { body } = await world.call('GET', `/v1/receipts/${await completeJob()}`);
  const { sig, public_key } = body.signature;
  return { body: { receipt: { receipt_id: body.receipt_id, signature: { sig, public_key } } } };
}

const service = async (): Promise<Things> => ({ path: { service_id: 'llm_inference' } });

/** What must be there before a request; of the others nothing. */
const NEEDS: Readonly<Record<string, () => Promise<Things>>> = {
  'GET /v1/jobs/{job_id}': running,
  'DELETE /v1/jobs/{job_id}': running,
  'GET /v1/jobs/{job_id}/results': completed,
  'GET /v1/marketplace/offers': waiting,
  'POST /v1/marketplace/offers/{offer_id}/accept': waiting,
  'GET /v1/receipts/{job_id}': completed,
  'POST /v1/receipts/verify': receipt,
  'GET /v1/miners/{miner_id}/stats': async () => ({ path: { miner_id: MINER_ID } }),
  'GET /v1/registry/services/{service_id}': service,
  'GET /v1/registry/services/{service_id}/schema': service,
  'GET /v1/registry/services/{service_id}/requirements': service,
};

/** Fields that the contract names where the page prints no answer. */
const UNPRINTED: readonly (readonly [RegExp, object])[] = [
  [/^\/v1\/services\//, { job_id: '', service_type: '', status: '' }],
  [/\/schema$/, { type: '', properties: {}, required: [''] }],
  [/\/requirements$/, { requirements: [{ component: '' }] }],
  [/\/\{service_id\}$/, { id: '', name: '', category: '', input_parameters: [{ name: '', type: '' }], available: 0 }],
  [/^\/v1\/registry\/services$/, [{ id: '', name: '', tags: [''], max_concurrent: 0 }]],
];

/** What the page prints, or else the contract. */
function expectedOf({ path, response }: PrintedRequest): object | undefined {
  return response ?? UNPRINTED.find(([pattern]) => pattern.test(path))?.[1];
}

const all = printedRequests();

it('the page has 24 requests, and 7 errors', () => {
  expect(all).toHaveLength(24);
  expect(printedErrors()).toHaveLength(7);
});

it.each(all.map((request) => [`${request.method} ${request.path}`, request] as const))('%s', async (name, request) => {
  const { path: ids = {}, body } = (await NEEDS[name]?.()) ?? {};
  const path = request.path.replace(/\{(\w+)\}/g, (_, id: string) => ids[id] ?? '');
  const sent = request.body && { ...request.body, ...body };
  const answer = await world.call(request.method, path, sent);
  expect([200, 201]).toContain(answer.status);
  const expected = expectedOf(request);
  if (expected) expect(differences(expected, answer.body)).toEqual([]);
});

it.each(all.filter(({ query }) => query.length > 0).map(({ path, query }) => [path, query] as const))(
  '%s takes the parameters that are printed',
  async (path, query) => {
    const values: Readonly<Record<string, string>> = {
      status: 'completed',
      type: 'ai-inference',
      limit: '1',
      offset: '0',
      job_type: 'image-classification',
      max_price: '0.001',
      category: 'ai_ml',
      search: 'text',
    };
    const text = query.map((name) => `${name}=${values[name]}`).join('&');
    expect((await world.call('GET', `${path}?${text}`)).status).toBe(200);
  },
);

it('WSS /ws tells what is printed', async () => {
  using reader = await FeedClient.open(world.network.url, { key: world.key });
  await reader.ask({ id: 'all', type: 'subscribe' });
  const jobId = await completeJob();
  const message = await reader.event(({ data }) => data.job_id === jobId && data.status === 'completed');
  expect(differences(printedMessage(), message)).toEqual([]);
});

describe('the table of errors', () => {
  const ID = '00000000-0000-7000-8000-000000000000';
  const job = { type: 'echo', input: { text: 'x' } };
  /** One request for each; the limit of calls and a fault of the server are in aitbc-errors.test.ts. */
  const causes: Readonly<Record<string, () => Promise<{ status: number; body: { error: { code: string } } }>>> = {
    INVALID_JOB_TYPE: () => world.call('POST', '/v1/jobs', { ...job, type: 'none' }),
    INSUFFICIENT_BALANCE: () => world.call('POST', '/v1/jobs', { ...job, input: { text: 'x'.repeat(200_000) } }),
    JOB_NOT_FOUND: () => world.call('GET', `/v1/jobs/${ID}`),
    JOB_ALREADY_COMPLETED: async () => world.call('DELETE', `/v1/jobs/${await completeJob()}`),
    async OFFER_NOT_AVAILABLE() {
      const { path, body } = await waiting();
      await world.call('DELETE', `/v1/marketplace/offers/${path?.['offer_id']}`);
      return await world.call('POST', `/v1/marketplace/offers/${path?.['offer_id']}/accept`, body);
    },
  };
  const elsewhere = ['RATE_LIMIT_EXCEEDED', 'INTERNAL_ERROR'];

  it('names no other codes than are reached', () => {
    const codes = printedErrors().map(({ code }) => code);
    expect([...Object.keys(causes), ...elsewhere].toSorted()).toEqual(codes.toSorted());
  });

  it.each(printedErrors().filter(({ code }) => !elsewhere.includes(code)))('$code', async ({ code, status }) => {
    const answer = await causes[code]?.();
    expect([answer?.status, answer?.body.error.code]).toEqual([status, code]);
  });
});
