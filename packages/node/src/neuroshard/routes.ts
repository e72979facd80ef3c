import { createCallLimit, type Endpoint, neuroshardNodeEndpoints } from '@plexus/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Errors } from 'typebox/value';
import { NEUROSHARD } from '../forwarded-dialects.ts';
import type { KeyCheck } from './key-check.ts';
import { configView, healthView, layersView, metricsView, peersView, type ShardParts, statusView } from './views.ts';

const RETRY_SECONDS = 5;
/** Calls of one address in a minute, each endpoint for itself. Source: contract/neuroshard.md, "Limits per minute". */
const CALLS_PER_MINUTE = 100;
const WINDOW_MS = 60_000;
/** Addresses that are remembered. */
const MAX_ADDRESSES = 10_000;
const MAX_BODY_BYTES = 64 * 1024;
const BEARER = /^bearer +/i;
/** Source: seed 003, "401 Unauthorized". */
const NO_SUCH_KEY = 'Invalid or expired API token';

export interface ShardOptions {
  readonly parts: ShardParts;
  readonly checkKey: KeyCheck;
  readonly limitsCalls: boolean;
}

type Answer = (request: FastifyRequest, reply: FastifyReply) => unknown;

/** What a node answers of NeuroShard's API itself. */
export function serveShard(server: FastifyInstance, { parts, checkKey, limitsCalls }: ShardOptions): void {
  const serve = ({ method, path, auth }: Endpoint, answer: Answer): void => {
    const limit = limitsCalls
      ? createCallLimit({ calls: CALLS_PER_MINUTE, windowMs: WINDOW_MS, maxCallers: MAX_ADDRESSES })
      : undefined;
    server.route({
      method,
      url: path,
      bodyLimit: MAX_BODY_BYTES,
      async onRequest(request, reply) {
        const waitMs = limit?.take(request.ip);
        if (waitMs !== undefined) await tooMany(reply, Math.ceil(waitMs / 1000));
        else if (auth === 'key') await requireKey(request, reply, checkKey, method !== 'GET');
      },
      handler: (request, reply) => answer(request, reply),
    });
  };
  const endpoints = neuroshardNodeEndpoints;
  serve(endpoints.getNodeStatus, () => statusView(parts));
  serve(endpoints.getNodeMetrics, () => metricsView(parts));
  serve(endpoints.getNodeWellbeing, async (_request, reply) => {
    const view = await healthView(parts);
    if (!view.healthy) reply.code(503).header('retry-after', RETRY_SECONDS);
    return view;
  });
  serve(endpoints.listPeers, () => peersView(parts));
  serve(endpoints.listLayers, () => layersView(parts));
  serve(endpoints.getConfig, () => configView(parts));
  serve(endpoints.changeConfig, ({ body }, reply) => changeConfig(parts, body, reply));
}

async function changeConfig({ settings }: ShardParts, body: unknown, reply: FastifyReply): Promise<unknown> {
  const schema = neuroshardNodeEndpoints.changeConfig.body;
  const [problem] = Errors(schema, body);
  if (problem) {
    const where = problem.instancePath.slice(1).replaceAll('/', '.') || 'body';
    const what = problem.keyword === 'boolean' ? 'there is no such key that can be changed' : problem.message;
    return await refuse(reply, 400, `${where}: ${what}`, { field: where });
  }
  const { updated, afterRestart, withoutEffect } = settings.change(body as Parameters<typeof settings.change>[0]);
  return {
    success: true,
    updated,
    restart_required: afterRestart.length > 0,
    ...(afterRestart.length > 0 && { restart_keys: afterRestart }),
    ...(withoutEffect.length > 0 && { without_effect: withoutEffect }),
  };
}

/** @param changes whether it is something that only the node's owner may do */
async function requireKey(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  checkKey: KeyCheck,
  changes: boolean,
): Promise<void> {
  const { authorization = '' } = headers;
  const key = BEARER.test(authorization) ? authorization.replace(BEARER, '').trim() : headers['x-api-key'];
  if (typeof key !== 'string' || key === '') return await refuse(reply, 401, NO_SUCH_KEY);
  const checked = await checkKey(key).catch((error: unknown) => ({
    isGood: false as const,
    status: 503,
    message: `The coordinator cannot be asked: ${error instanceof Error ? error.message : String(error)}`,
  }));
  if (!checked.isGood) return await refuse(reply, checked.status, checked.message ?? NO_SUCH_KEY);
  const { role, is_owner: isOwner } = checked.caller;
  if (changes && !isOwner && role !== 'operator') await refuse(reply, 403, "This needs a key of the node's owner");
}

async function tooMany(reply: FastifyReply, seconds: number): Promise<void> {
  reply.header('retry-after', seconds);
  await refuse(reply, 429, 'Too many requests', { retry_after: seconds });
}

async function refuse(reply: FastifyReply, status: number, message: string, details?: object): Promise<void> {
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  if (status === 503) reply.header('retry-after', RETRY_SECONDS);
  const body = NEUROSHARD.words({ status, code: '', message }, reply.request.id) as { readonly error: object };
  await reply.code(status).send({ error: { ...body.error, ...(details && { details }) } });
}
