import type { OfferedModel } from '@plexus/core';
import type { openAiEndpoints, Output } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import type { OpenAiDeps } from './deps.ts';
import { notFound, withAliases } from './model-names.ts';

type Model = Output<typeof openAiEndpoints.getModel>;
/** Services whose models can be asked for here. */
const SERVED = new Set(['llm', 'embedding']);

/** Endpoints about models. */
export function modelHandlers({
  nodes,
  startedAt,
}: Pick<OpenAiDeps, 'nodes' | 'startedAt'>): Pick<Handlers<typeof openAiEndpoints>, 'listModels' | 'getModel'> {
  const created = Math.floor(startedAt.getTime() / 1000);
  const list = () => withAliases(nodes.listModels().filter(({ service }) => SERVED.has(service)));
  return {
    listModels: () => ({ object: 'list', data: list().map((model) => toModel(model, created)) }),

    getModel({ params }) {
      const models = list();
      const model = models.find(({ id }) => id === params.model);
      if (!model) throw notFound(params.model, models);
      return toModel(model, created);
    },
  };
}

function toModel({ id, service, nodes, features }: OfferedModel, created: number): Model {
  return { id, object: 'model', created, owned_by: 'plexus', plexus: { service, nodes, features: [...features] } };
}
