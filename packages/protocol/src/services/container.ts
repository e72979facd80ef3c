import Type from 'typebox';
import { jsonResult } from './results.ts';
import { defineService } from './service.ts';

/** What a node's containers do with data. Source: seed 004. */
export const container = defineService({
  id: 'container',
  name: 'Container',
  category: 'development_tools',
  description: "Hands data to a service in a container of the node's own. Free unless its operator sets a price.",
  version: '1.0.0',
  icon: '📦',
  unitType: 'request',
  unitPriceMicro: 0n,
  content: { name: 'data', schema: Type.Unknown({ description: 'What the container is given.' }), isJson: true },
  params: Type.Object({
    containers: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
        minItems: 1,
        maxItems: 20,
        description: 'Ids of containers; each is given what the one before it answered.',
      }),
    ),
  }),
  output: Type.Object({}, { description: 'What the last container answers.' }),
  readResult: jsonResult,
  requirements: [{ component: 'memory', minimum: '1', recommended: '4', unit: 'GiB' }],
  capabilities: ['container'],
  tags: ['container', 'docker', 'pipeline'],
  maxConcurrent: 1,
  timeoutSeconds: 180,
});
