import Type, { type Static } from 'typebox';
import { Check } from 'typebox/value';
import { ContainerResult } from '../infernet/common.ts';
import { ContainerId, MAX_CHAIN } from '../infernet/site.ts';
import { exceedsDepth, MAX_ANSWER_DEPTH } from '../nesting.ts';
import { jsonResult } from './results.ts';
import { defineService } from './service.ts';

/** What one container of a job came to: `{container, output}`, or `{container, error}`. */
export type ContainerStep = Static<typeof ContainerResult>;

/** The list of steps, and the step, around an answer. */
const STEP_DEPTH = 2;

const Steps = Type.Array(ContainerResult);

/** What the containers of a job came to, in their order, out of what its runner left; nothing where it is no such list. */
export function containerSteps(result: string): readonly ContainerStep[] {
  try {
    const value: unknown = JSON.parse(result);
    return Check(Steps, value) && !exceedsDepth(value, MAX_ANSWER_DEPTH + STEP_DEPTH) ? value : [];
  } catch {
    return [];
  }
}

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
  isFlat: true,
  content: { name: 'data', schema: Type.Unknown({ description: 'What the container is given.' }), isJson: true },
  params: Type.Object({
    containers: Type.Optional(
      Type.Array(ContainerId, {
        minItems: 1,
        maxItems: MAX_CHAIN,
        description: 'Ids of containers; each is given what the one before it answered.',
      }),
    ),
    requires_proof: Type.Optional(Type.Boolean({ description: 'Whether the last one must prove its answer.' })),
    stream: Type.Optional(Type.Boolean({ description: 'Whether the result is the text of the last one’s answer.' })),
  }),
  output: Type.Object({}, { description: 'What the last container answers.' }),
  readResult({ result, ...task }) {
    const last = containerSteps(result).at(-1);
    return jsonResult({ ...task, result: last && 'output' in last ? JSON.stringify(last.output) : result });
  },
  requirements: [{ component: 'memory', minimum: '1', recommended: '4', unit: 'GiB' }],
  capabilities: ['container'],
  tags: ['container', 'docker', 'pipeline'],
  maxConcurrent: 1,
  timeoutSeconds: 180,
});
