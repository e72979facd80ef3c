import { setMaxListeners } from 'node:events';
import { infernetNodeEndpoints, MAX_MODEL_ID } from '@plexus/protocol';
import type { FastifyInstance } from 'fastify';
import type { Containers } from './containers.ts';

/** Containers are asked again after this long, whoever wants to know. */
const FRESH_MS = 1000;
/** Models whose resources are remembered for so long. */
const MAX_REMEMBERED = 100;

/** What a node answers of Infernet's API itself. */
export function serveInfernet(server: FastifyInstance, containers: Pick<Containers, 'resources'>): void {
  const remembered = new Map<string, { readonly until: number; readonly answer: Promise<object> }>();
  const closing = new AbortController();
  // Every container that is asked follows it.
  setMaxListeners(0, closing.signal);
  server.addHook('onClose', async () => closing.abort(new Error('The node is stopping')));

  function resourcesFor(modelId: string | undefined): Promise<object> {
    const name = modelId ?? '';
    const known = remembered.get(name);
    const now = performance.now();
    if (known && known.until > now) return known.answer;
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    const answer = containers.resources(modelId, closing.signal);
    remembered.set(name, { until: now + FRESH_MS, answer });
    return answer;
  }

  server.get(infernetNodeEndpoints.getNodeHealth.path, async () => ({ status: 'healthy' }));
  server.get(infernetNodeEndpoints.getContainerResources.path, async ({ query }, reply) => {
    const { model_id: modelId } = query as Readonly<Record<string, unknown>>;
    const isModel = modelId === undefined || (typeof modelId === 'string' && modelId.length <= MAX_MODEL_ID);
    if (isModel) return await resourcesFor(modelId);
    reply.code(400);
    return { error: `model_id: must be one name of at most ${MAX_MODEL_ID} characters`, params: { field: 'model_id' } };
  });
}
