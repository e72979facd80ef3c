import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Delivery, Job } from '@plexus/core';
import { createEgress } from '@plexus/egress';
import { Webhook } from 'standardwebhooks';
import { expect, it, onTestFinished } from 'vitest';
import { createWebhookSender } from '../src/webhooks/webhook-sender.ts';
import { signatureOf } from '../src/webhooks/signature.ts';

const AT = new Date('2026-01-01T12:04:00.000Z');
/** Secret, message and signature as the specification's own test vector has them. */
const VECTOR = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1614265330,
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const [NEW, OLD] = ['a', 'b'].map((byte) => `whsec_${Buffer.from(byte.repeat(32)).toString('base64')}`) as [
  string,
  string,
];

const JOB: Job = {
  id: 'job-1',
  accountId: 'client',
  service: 'echo',
  content: 'secret content',
  params: {},
  state: 'completed',
  reason: 'done',
  hold: 10_000_000n,
  unitPrice: 10_000_000n,
  cost: 10_000_000n,
  result: 'secret result',
  epoch: 1,
  attempts: [],
  decisions: [],
  nodeId: 'miner',
  createdAt: AT,
  startedAt: AT,
  endedAt: AT,
  deadlineAt: AT,
  receiptIndex: 3,
};

function deliveryTo(url: string): Delivery {
  const { host } = new URL(url);
  return {
    id: 'msg_job-1',
    accountId: 'client',
    jobId: 'job-1',
    url,
    host,
    state: 'pending',
    attempts: 1,
    createdAt: AT,
  };
}

/** A receiver that answers as it is told, with what it heard. */
async function receiver(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const heard: { readonly headers: Record<string, string>; readonly body: string }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    heard.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(chunks).toString() });
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, heard };
}

const send = createWebhookSender({
  egress: createEgress({ allow: ['127.0.0.1'] }),
  secretsOf: async () => ({ secret: NEW, previous: { secret: OLD, until: AT } }),
  clock: () => new Date(),
});
const NEVER = new AbortController().signal;

it("signs as the specification's own test vector", () => {
  expect(signatureOf(VECTOR, [VECTOR.secret])).toBe(VECTOR.signature);
});

it('sends what the official library verifies, with the new secret and with the one before', async () => {
  const { url, heard } = await receiver((_request, response) => response.writeHead(204).end());
  expect(await send(deliveryTo(url), JOB, NEVER)).toEqual({ isDelivered: true, status: 204 });
  const [{ headers, body } = { headers: {}, body: '' }] = heard;
  const payload = {
    type: 'job.completed',
    timestamp: AT.toISOString(),
    data: {
      job_id: 'job-1',
      status: 'completed',
      reason: 'done',
      created_at: AT.toISOString(),
      started_at: AT.toISOString(),
      completed_at: AT.toISOString(),
      miner_id: 'miner',
      cost: '10',
      receipt_id: 'receipt_job-1',
    },
  };
  for (const secret of [NEW, OLD]) expect(new Webhook(secret).verify(body, headers)).toEqual(payload);
  expect(() => new Webhook(VECTOR.secret).verify(body, headers)).toThrow('No matching signature');
  expect(() => new Webhook(NEW).verify(body.replace('completed', 'failed'), headers)).toThrow();
  expect(headers['webhook-id']).toBe('msg_job-1');
  expect(headers['content-type']).toBe('application/json');
  expect(body).not.toContain('secret');
});

it.each([
  [500, {}, { error: 'HTTP 500', isFinal: false }],
  [302, { location: 'http://169.254.169.254/' }, { error: 'HTTP 302', isFinal: false }],
  [410, {}, { error: 'HTTP 410', isFinal: true }],
  [429, { 'retry-after': '7' }, { error: 'HTTP 429', isFinal: false, retryAfterMs: 7000 }],
  [429, { 'retry-after': '9999999999' }, { error: 'HTTP 429', isFinal: false, retryAfterMs: 9_999_999_999_000 }],
  [503, { 'retry-after': 'soon' }, { error: 'HTTP 503', isFinal: false }],
  [503, { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, { error: 'HTTP 503', isFinal: false, retryAfterMs: 0 }],
])('an answer %s with %j is %j', async (status, headers, attempted) => {
  const { url, heard } = await receiver((_request, response) => response.writeHead(status, headers).end());
  expect(await send(deliveryTo(url), JOB, NEVER)).toEqual({ isDelivered: false, status, ...attempted });
  expect(heard).toHaveLength(1);
});

it('waits for no body, and tells nobody which address a name has', async () => {
  const { url } = await receiver((_request, response) => response.writeHead(200).write('endless'));
  expect(await send(deliveryTo(url), JOB, NEVER)).toMatchObject({ isDelivered: true });
  const guarded = createWebhookSender({
    egress: createEgress({ resolve: async () => ['10.1.2.3'] }),
    secretsOf: async () => ({ secret: NEW }),
    clock: () => AT,
  });
  const refused = await guarded(deliveryTo('https://intranet.test/'), JOB, NEVER);
  expect(refused).toMatchObject({
    isDelivered: false,
    isFinal: false,
    error: expect.stringMatching(/^address_refused/),
  });
  expect(JSON.stringify(refused)).not.toContain('10.1.2.3');
});

it('fails when nobody listens', async () => {
  const refused = await send(deliveryTo('http://127.0.0.1:1/'), JOB, NEVER);
  expect(refused).toMatchObject({ isDelivered: false, error: expect.stringMatching(/^connection_failed/) });
});
