/** A listener with OpenAI's dialect on 127.0.0.1, fakes behind it, and the official client in front of it. */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import type { Job, OfferedModel, StreamedJob, StreamRequest, SubmitJob } from '@plexus/core';
import { useRequestId } from '@plexus/listener';
import Fastify, { type FastifyInstance } from 'fastify';
import OpenAI from 'openai';
import { onTestFinished } from 'vitest';
import { installNotFound, listenerOptions, openai, type OpenAiDeps } from '../src/index.ts';
import { aJob, AT, authenticator } from './fakes.ts';

export const CHAT_MODEL: OfferedModel = {
  id: 'org/chat-1',
  service: 'llm',
  nodes: 2,
  features: ['chat', 'penalties', 'json_object', 'json_schema'],
};
export const PROSE_MODEL: OfferedModel = { id: 'tiny', service: 'llm', nodes: 1, features: [] };
export const EMBEDDING_MODEL: OfferedModel = {
  id: 'mini-embed',
  service: 'embedding',
  nodes: 3,
  features: ['dimensions:3'],
};
const MODELS = [CHAT_MODEL, PROSE_MODEL, EMBEDDING_MODEL];

/** A job of a language model that has answered. */
export function anAnswer(changes: Partial<Job> = {}): Job {
  return aJob({
    service: 'llm',
    result: 'Hello there',
    units: 12,
    cost: 1200n,
    unitPrice: 100n,
    hold: 30_000n,
    receiptIndex: 7,
    facts: {
      model: CHAT_MODEL.id,
      prompt_tokens: 9,
      completion_tokens: 3,
      finish_reason: 'stop',
      model_sha256: 'ab12',
    },
    ...changes,
  });
}

/** A job of which a node has begun to answer. */
export function aBegunJob(changes: Partial<Job> = {}): Job {
  const { result: _, units: _units, facts: _facts, reason: _reason, ...job } = anAnswer({ state: 'running', cost: 0n });
  return { ...job, params: { model: CHAT_MODEL.id }, ...changes };
}

/** A job that is streamed in these pieces. */
export function aStream(texts: Iterable<string> | AsyncIterable<string>, ended: Job = anAnswer()): StreamedJob {
  async function* pieces() {
    for await (const text of texts) yield { text, tokens: 1 };
  }
  return { job: aBegunJob(), isLive: true, pieces: pieces(), ended: Promise.resolve(ended) };
}

export interface World {
  readonly app: FastifyInstance;
  readonly client: OpenAI;
  readonly url: string;
  /** What was submitted, whole or streamed. */
  readonly asked: (SubmitJob | StreamRequest)[];
  /** Connections of clients. */
  readonly sockets: Set<Socket>;
}

interface Fakes extends Partial<Omit<OpenAiDeps, 'jobs'>> {
  readonly submit?: (request: SubmitJob) => Job | Promise<Job>;
  readonly stream?: (request: StreamRequest) => StreamedJob | Promise<StreamedJob>;
  readonly get?: (jobId: string) => Job;
  readonly models?: readonly OfferedModel[];
  readonly prepare?: (app: FastifyInstance) => void;
}

export async function aWorld(fakes: Fakes = {}): Promise<World> {
  const { submit = () => anAnswer(), stream = () => aStream(['Hello', ' there']), get, models = MODELS } = fakes;
  const asked: World['asked'] = [];
  const jobs: OpenAiDeps['jobs'] = {
    submit: async (request) => (asked.push(request), await submit(request)),
    stream: async (request) => (asked.push(request), await stream(request)),
    get: async (_caller, jobId) => get?.(jobId) ?? anAnswer({ id: jobId }),
  };
  const { authenticator: other = authenticator, rateLimits = 'off' } = fakes;
  const deps = {
    jobs,
    nodes: { listModels: () => models, isLostModel: () => false },
    authenticator: other,
    startedAt: AT,
    rateLimits,
  };
  const app = Fastify(listenerOptions);
  useRequestId(app);
  installNotFound(app);
  fakes.prepare?.(app);
  await app.register(openai, { deps });
  const sockets = new Set<Socket>();
  app.server.on('connection', (socket) => sockets.add(socket));
  await app.listen({ port: 0, host: '127.0.0.1' });
  onTestFinished(async () => {
    const closed = app.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/v1`;
  return { app, client: new OpenAI({ apiKey: 'gn_client', baseURL: url, maxRetries: 0 }), url, asked, sockets };
}

/** Sends a body as it is. */
export function post(
  world: World,
  path: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${world.url}${path}`, {
    method: 'POST',
    headers: { authorization: 'Bearer gn_client', 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** Ends when a signal has. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
