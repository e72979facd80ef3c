/** `WSS /ws` of a whole network. Source: seed 002, "WebSocket API"; contract/aitbc.md. */
import { createTestNetwork, RawNode, type TestNetwork } from '@plexus/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FeedClient, type FeedNews } from './support/feed-client.ts';

let network: TestNetwork;

beforeAll(async () => {
  network = await createTestNetwork({ nodes: 1 });
});
afterAll(() => network[Symbol.asyncDispose]());

/** A client of its own, and its key. */
async function newClient(): Promise<string> {
  return (await network.register()).api_key;
}

async function submit(key: string, body: object = {}): Promise<string> {
  const task = { service: 'echo', content: 'x', wait_seconds: 20, ...body };
  const { body: job } = await network.call('POST', '/plexus/v1/jobs', { key, body: task });
  return job.id;
}

const isEnd = ({ type }: FeedNews) => type === 'receipt_created';
const wordsOf = (events: readonly FeedNews[]) => events.map(({ type, data }) => `${type} ${data.status ?? ''}`.trim());

it('a job is told to its owner as it goes, in the shape of the page and in order', async () => {
  const key = await newClient();
  using client = await FeedClient.open(network.url, { key });
  const jobId = await submit(key);
  await client.event(isEnd);
  expect(wordsOf(client.events)).toEqual([
    'job_update submitted',
    'job_update running',
    'job_update completed',
    'receipt_created',
  ]);
  for (const news of client.events) expect(Object.keys(news)).toEqual(['type', 'seq', 'data']);
  const [first, second, third, receipt] = client.events;
  const numbers = client.events.map(({ seq }) => seq);
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
  expect(first?.data).toEqual({ job_id: jobId, status: 'submitted', timestamp: expect.stringMatching(/Z$/) });
  expect(second?.data.miner_id).toBe(third?.data.miner_id);
  expect(receipt?.data).toEqual({
    receipt_id: `receipt_${jobId}`,
    job_id: jobId,
    timestamp: third?.data.timestamp,
  });
});

it('a job is told to operators, and to nobody else', async () => {
  const [mine, other] = [await newClient(), await newClient()];
  using operator = await FeedClient.open(network.url, { key: network.operatorKey });
  using stranger = await FeedClient.open(network.url, { key: other });
  const jobId = await submit(mine);
  await operator.event((news) => isEnd(news) && news.data.job_id === jobId);
  const own = await submit(other);
  await stranger.event(isEnd);
  expect(new Set(stranger.events.map(({ data }) => data.job_id))).toEqual(new Set([own]));
});

it('a job that ends without a result is told as it ends', async () => {
  const key = await newClient();
  using client = await FeedClient.open(network.url, { key });
  const id = await submit(key, { params: { delay_ms: 20_000 }, wait_seconds: 0 });
  await client.event(({ data }) => data.status === 'running');
  await network.call('POST', `/plexus/v1/jobs/${id}/cancel`, { key });
  await client.event(({ data }) => data.status === 'cancelled');
  expect(wordsOf(client.events)).toEqual(['job_update submitted', 'job_update running', 'job_update cancelled']);
});

it('a job is told how far it is', async () => {
  const key = await newClient();
  using client = await FeedClient.open(network.url, { key });
  const node = await RawNode.join(network.url, { nodeId: 'slow', capability: 'slow-work', token: network.operatorKey });
  const id = await submit(key, { service: 'slow-work', wait_seconds: 0 });
  await node.next('TASK_ASSIGN');
  for (const percent of [10, 40, 30]) node.send('TASK_PROGRESS', { task_id: id, epoch: 1, percent });
  const news = await client.event(({ data }) => data.progress !== undefined);
  expect(news.data).toMatchObject({ job_id: id, status: 'running', progress: 40, miner_id: 'slow' });
  node.send('TASK_RESULT', { task_id: id, status: 'completed', result: 'done', processing_time_ms: 1 });
  await client.event(isEnd);
  expect(client.events.filter(({ data }) => data.progress !== undefined)).toHaveLength(1);
  node.terminate();
});

it('a reader that was away gets what it missed, once and in order, and then what comes', async () => {
  const key = await newClient();
  using before = await FeedClient.open(network.url, { key });
  await submit(key);
  await before.event(isEnd);
  const { seq: since } = before.events[1] ?? { seq: 0 };
  await submit(key);
  using after = await FeedClient.open(network.url, { key, path: `/ws?since=${since}` });
  const last = await submit(key);
  await after.event((news) => isEnd(news) && news.data.job_id === last);
  await before.event((news) => isEnd(news) && news.data.job_id === last);
  expect(after.events).toEqual(before.events.filter(({ seq }) => seq > since));
});

it('a reader that was away gets everything from 0', async () => {
  const key = await newClient();
  const jobs = [await submit(key), await submit(key)];
  using client = await FeedClient.open(network.url, { key, path: '/ws?since=0' });
  await client.event((news) => isEnd(news) && news.data.job_id === jobs[1]);
  expect(wordsOf(client.events).filter((word) => word === 'receipt_created')).toHaveLength(2);
  expect(client.events).toHaveLength(8);
});

it('a reader that was away is told when what it names has not happened', async () => {
  using client = await FeedClient.open(network.url, { key: await newClient(), path: '/ws?since=999999999' });
  expect(await client.closed()).toBe(1008);
  expect(client.heard).toEqual([
    { type: 'error', error: { code: 'INVALID_PAYLOAD', message: expect.stringContaining('since'), details: {} } },
  ]);
});

it('a subscription narrows what is told, to kinds of events and to a job', async () => {
  const key = await newClient();
  using client = await FeedClient.open(network.url, { key });
  const first = await submit(key);
  await client.event(isEnd);
  expect(await client.ask({ id: 'a', type: 'subscribe', event: 'receipt_created' })).toEqual({
    id: 'a',
    type: 'subscription',
    subscription_id: 'sub_1',
    status: 'confirmed',
    seq: client.events.at(-1)?.seq,
  });
  const second = await submit(key);
  await client.event((news) => isEnd(news) && news.data.job_id === second);
  expect(client.events.filter(({ data }) => data.job_id === second)).toHaveLength(1);
  const ofFirst = { id: 'b', type: 'subscribe', events: ['job_update'], data: { jobId: first } };
  expect(await client.ask(ofFirst)).toMatchObject({ status: 'confirmed', subscription_id: 'sub_2' });
  expect(await client.ask({ id: 'c', type: 'unsubscribe', subscription_id: 'sub_1' })).toMatchObject({
    type: 'subscription',
    status: 'cancelled',
  });
  const third = await submit(key);
  using all = await FeedClient.open(network.url, { key, path: '/ws?since=0' });
  const { seq } = await all.event((news) => isEnd(news) && news.data.job_id === third);
  while (Number((await client.ask({ id: `ping ${Math.random()}`, type: 'ping' })).seq) < seq);
  expect(client.events.filter(({ data }) => data.job_id === third)).toEqual([]);
});

it.each(['jobId', 'job_id'])("a subscription cannot be of somebody else's job, named as %s", async (name) => {
  const jobId = await submit(await newClient());
  using client = await FeedClient.open(network.url, { key: await newClient() });
  const answer = await client.ask({ id: 'x', type: 'subscribe', event: 'job_update', data: { [name]: jobId } });
  expect(answer).toMatchObject({ type: 'error', error: { code: 'JOB_NOT_FOUND' } });
});

it.each([
  [{ type: 'subscribe', event: 'no_such_event' }, 'event'],
  [{ type: 'subscribe', events: [] }, 'events'],
  [{ type: 'subscribe', data: { jobId: 7 } }, 'data.jobId'],
  [{ type: 'unsubscribe', subscription_id: 'sub_9' }, 'subscription_id'],
  [{ type: 'dance' }, 'type'],
  [{ type: 'auth', api_key: 'again' }, 'has its key already'],
])('a subscription that is wrong is answered with what is wrong: %j', async (message, why) => {
  using client = await FeedClient.open(network.url, { key: await newClient() });
  const { type, error } = await client.ask({ id: 'wrong', ...message });
  expect(type).toBe('error');
  expect(JSON.stringify(error)).toContain(why);
  expect(await client.ask({ id: 'ping', type: 'ping' })).toMatchObject({ type: 'pong' });
});

it('who may read says so in a header or in the first message', async () => {
  const key = await newClient();
  using byHeader = await FeedClient.open(network.url, { path: '/api/ws', headers: { 'x-api-key': key } });
  using byMessage = await FeedClient.open(network.url, { path: '/ws?since=0' });
  expect(await byMessage.ask({ id: 1, type: 'auth', api_key: key })).toMatchObject({
    type: 'auth',
    status: 'ok',
    seq: 0,
  });
  const jobId = await submit(key);
  const isOwn = (news: FeedNews) => isEnd(news) && news.data.job_id === jobId;
  expect(await byHeader.event(isOwn)).toEqual(await byMessage.event(isOwn));
});

it('who may read is let go when the first message is anything else, or shows a wrong key', async () => {
  for (const message of [{ type: 'ping' }, { type: 'auth', api_key: 'gn_wrong' }]) {
    using client = await FeedClient.open(network.url);
    client.say(message);
    expect(await client.closed()).toBe(1008);
    expect(client.heard).toMatchObject([{ type: 'error', error: { code: 'INVALID_API_KEY' } }]);
  }
});

it('who may read is refused without a right to read', async () => {
  const body = { scopes: ['submit'] };
  const { body: key } = await network.call('POST', '/plexus/v1/keys', { key: network.operatorKey, body });
  using client = await FeedClient.open(network.url, { key: key.api_key });
  expect(await client.closed()).toBe(1008);
  expect(client.heard).toMatchObject([{ type: 'error', error: { code: 'FORBIDDEN' } }]);
});

it('who may read is refused before anything is looked at when it should not have come', async () => {
  const key = await newClient();
  const headers = { authorization: `Bearer ${key}` };
  const { url } = network;
  expect(await FeedClient.answer(url, { headers: { authorization: 'Bearer gn_wrong' } })).toEqual({
    status: 401,
    body: {
      error: { code: 'INVALID_API_KEY', message: 'Invalid API key', details: { request_id: expect.any(String) } },
    },
  });
  expect(await FeedClient.refusal(url, { headers: { ...headers, host: 'evil.example' } })).toBe(403);
  expect(await FeedClient.refusal(url, { headers, origin: 'https://evil.example' })).toBe(403);
  expect(await FeedClient.refusal(url, { headers, path: '/ws?since=-1' })).toBe(400);
  expect(await FeedClient.refusal(url, { headers, path: '/ws/other' })).toBe(404);
  expect(await FeedClient.refusal(url, { headers, path: '//' })).toBe(404);
  expect(await FeedClient.refusal(url, { headers })).toBe(101);
});

it('who may read must speak text', async () => {
  using client = await FeedClient.open(network.url, { key: await newClient() });
  client.socket.send(Buffer.from('{}'), { binary: true });
  expect(await client.closed()).toBe(1003);
});
