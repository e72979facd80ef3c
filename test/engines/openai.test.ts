/** OpenAI's API over a real network of processes and a real engine, with the official client, unchanged. */
import type { ChildProcess } from 'node:child_process';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, kill, Processes, until } from '../support/processes.ts';

const GREEDY = { model: 'default', prompt: 'The sea was', temperature: 0 } as const;
/** With several sequences the engine may round differently from one alone; each node has one. */
const LLM = ['--services', 'llm,embedding'];

let processes: Processes;
let url: string;
let key: string;
let client: OpenAI;
let nodeUrl: string;
const nodes: ChildProcess[] = [];

async function countOffering(service: string): Promise<number> {
  const { body } = await call(`${url}/plexus/v1/nodes`, key);
  const offering = (services: { id: string }[]) => services.some(({ id }) => id === service);
  return body.items.filter(({ online, services }: never) => online && offering(services)).length;
}

async function entriesOf(jobId: string): Promise<{ kind: string; amount: string }[]> {
  const { body } = await call(`${url}/plexus/v1/wallet/entries?limit=100`, key);
  return body.items.filter(({ job_id: id }: { job_id: string }) => id === jobId);
}

async function newestJob(): Promise<{ id: string; state: string; cost: string; node_id: string }> {
  const { body } = await call(`${url}/plexus/v1/jobs?limit=1`, key);
  return body.items[0];
}

async function endedJob(id: string): Promise<{ state: string; cost: string }> {
  return (await call(`${url}/plexus/v1/jobs/${id}?wait_seconds=5`, key)).body;
}

async function receiptOf(jobId: string) {
  return (await call(`${url}/plexus/v1/receipts/receipt_${jobId}`, key)).body;
}

beforeAll(async () => {
  processes = new Processes();
  ({ url, key } = await processes.startCoordinator(0));
  client = new OpenAI({ apiKey: key, baseURL: `${url}/v1` });
  const first = await processes.startNode('first', { url, key, flags: LLM });
  nodes.push(first.child);
  nodeUrl = first.url;
  await until('the first node has a model', async () => (await countOffering('llm')) === 1, 120_000);
  await until('it embeds', async () => (await countOffering('embedding')) === 1, 120_000);
}, 180_000);
afterAll(() => processes.dispose());

it('the official client completes, and streams the same for the same price, with usage by the engine', async () => {
  const whole = await client.completions.create({ ...GREEDY, max_tokens: 40 });
  const cost = (await newestJob()).cost;
  const stream = await client.completions.create({
    ...GREEDY,
    max_tokens: 40,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let usage: OpenAI.CompletionUsage | null | undefined;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.text ?? '';
    usage = chunk.usage;
  }
  expect(text).toBe(whole.choices[0]?.text);
  expect(usage).toEqual(whole.usage);
  expect(whole.usage?.completion_tokens).toBe(40);
  expect((await newestJob()).cost).toBe(cost);
});

it("chats through the model's template, in a JSON form where it asks for one", async () => {
  const schema = {
    type: 'object',
    properties: { a: { type: 'integer' } },
    required: ['a'],
    additionalProperties: false,
  };
  const answer = await client.chat.completions.create({
    model: 'default',
    messages: [{ role: 'user', content: 'A number, please.' }],
    temperature: 0,
    max_tokens: 60,
    response_format: { type: 'json_schema', json_schema: { name: 'number', schema } },
  });
  expect(Number.isInteger(JSON.parse(answer.choices[0]?.message.content ?? '').a)).toBe(true);
  expect(answer.choices[0]?.finish_reason).toBe('stop');
});

it('embeds texts so that what means alike is close', async () => {
  const input = ['The cat sat on the mat', 'A kitten rested on a rug', 'Stock prices fell sharply'];
  const { data, model } = await client.embeddings.create({ model: 'embedding', input });
  const [cat, kitten, stocks] = data.map(({ embedding }) => embedding);
  const angle = (left: number[] = [], right: number[] = []) =>
    left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0);
  expect(model).toBe('universal-sentence-encoder-lite');
  expect(cat).toHaveLength(512);
  expect(angle(cat, kitten)).toBeGreaterThan(angle(cat, stocks) + 0.3);
});

it('gets its own errors for a wrong model and a parameter that cannot be honoured', async () => {
  await expect(client.completions.create({ model: 'gpt-4', prompt: 'x' })).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  const chat = { model: 'default', messages: [{ role: 'user' as const, content: 'x' }] };
  await expect(client.chat.completions.create({ ...chat, logprobs: true })).rejects.toMatchObject({
    status: 400,
    param: 'logprobs',
  });
});

it('a client that leaves stops the node within 200 ms, and pays for what it was sent', async () => {
  const leaving = new AbortController();
  const request = { ...GREEDY, temperature: 0.9, max_tokens: 2000, stream: true } as const;
  const opened = client.completions.create(request, { signal: leaving.signal });
  const { data: stream, response } = await opened.withResponse();
  let read = 0;
  for await (const _chunk of stream) if (++read === 20) break;
  leaving.abort();
  const leftAt = performance.now();
  await until('the engine has stopped', async () => {
    const metrics = await (await fetch(`${nodeUrl}/metrics`)).text();
    return /^plexus_node_active_tasks 0$/m.test(metrics);
  });
  expect(performance.now() - leftAt).toBeLessThan(200);
  const jobId = response.headers.get('x-plexus-job') ?? '';
  const job = await endedJob(jobId);
  const { units, custodial, metadata } = await receiptOf(jobId);
  expect(job.state).toBe('cancelled');
  expect(custodial).toBe(true);
  expect(metadata.completion_tokens).toBeGreaterThanOrEqual(20);
  expect(units).toBe(metadata.prompt_tokens + metadata.completion_tokens);
  expect(Number(job.cost)).toBeCloseTo(units * 0.0001, 9);
});

it('a node that is killed in the middle of a stream is followed by another: the same text, one charge, both named in the receipt', async () => {
  const length = 200;
  const undisturbed = (await client.completions.create({ ...GREEDY, max_tokens: length })).choices[0]?.text;
  nodes.push((await processes.startNode('second', { url, key, flags: LLM })).child);
  await until('the second node has a model', async () => (await countOffering('llm')) === 2, 120_000);

  const { body } = await call(`${url}/plexus/v1/nodes`, key);
  const names = new Map<string, string>(body.items.map(({ node_id: id, name }: never) => [id, name]));
  const request = { ...GREEDY, max_tokens: length, stream: true } as const;
  const { data: stream, response } = await client.completions.create(request).withResponse();
  const victim = response.headers.get('x-plexus-node') ?? '';
  const process = nodes[names.get(victim) === 'first' ? 0 : 1];
  let text = '';
  let read = 0;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.text ?? '';
    if (++read === 20 && process) await kill(process);
  }
  expect(text).toBe(undisturbed);
  const job = await newestJob();
  expect(job.state).toBe('completed');
  const receipt = await receiptOf(job.id);
  const segments = String(receipt.metadata.segments)
    .split(' ')
    .map((segment) => segment.split(':'));
  expect(segments.map(([node]) => node)).toEqual([victim, job.node_id]);
  expect(victim).not.toBe(job.node_id);
  expect(segments.reduce((sum, [, units]) => sum + Number(units), 0)).toBe(receipt.units);
  expect(receipt.metadata.completion_tokens).toBe(length);
  const charges = (await entriesOf(job.id)).filter(({ kind }) => kind === 'charge');
  expect(charges).toHaveLength(1);
}, 180_000);

it('a killed node that nobody can follow ends the stream in an error event, and what was delivered is charged', async () => {
  const stream = await client.completions.create({ ...GREEDY, max_tokens: 2000, stream: true });
  let finished = false;
  let read = 0;
  const reading = (async () => {
    for await (const chunk of stream) {
      finished ||= chunk.choices[0]?.finish_reason !== null;
      if (++read === 20) await Promise.all(nodes.map(kill));
    }
  })();
  await expect(reading).rejects.toBeInstanceOf(OpenAI.APIError);
  expect(finished).toBe(false);
  const job = await newestJob();
  const receipt = await receiptOf(job.id);
  expect(job).toMatchObject({ state: 'failed' });
  expect(receipt.metadata.completion_tokens).toBeGreaterThanOrEqual(20);
  expect(Number(job.cost)).toBeCloseTo(receipt.units * 0.0001, 9);
  expect((await call(`${url}/plexus/v1/info`, key)).body.ledger_sum).toBe('0');
}, 60_000);
