/** Models that connected nodes serve. */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';

const Model = Type.Object({
  id: Type.String(),
  object: Type.Literal('model'),
  created: Type.Integer({ description: 'Unix time in seconds since which the network runs.' }),
  owned_by: Type.Literal('plexus'),
  plexus: Type.Object({
    service: Type.String(),
    nodes: Type.Integer({ description: 'Connected nodes that serve it; of an alias, that serve the most served one.' }),
    features: Type.Array(Type.String({ description: 'What at least one of them can do with it.' })),
  }),
});

export const modelsEndpoints = endpoints({
  listModels: {
    method: 'GET',
    path: '/v1/models',
    summary: 'Models that connected nodes serve now, and the aliases `default` and `embedding`.',
    auth: 'key',
    status: 200,
    response: Type.Object({ object: Type.Literal('list'), data: Type.Array(Model) }),
    errors: { 401: 'Missing or invalid API key.' },
  },
  getModel: {
    method: 'GET',
    path: '/v1/models/{model}',
    summary: 'One of them.',
    auth: 'key',
    params: Type.Object({ model: Type.String({ minLength: 1, maxLength: 200 }) }),
    status: 200,
    response: Model,
    errors: { 401: 'Missing or invalid API key.', 404: 'No connected node serves the model.' },
  },
});
