import Type from 'typebox';
import { ContainerId, MAX_CHAIN } from './site.ts';

const ContainerOutput = Type.Object(
  { container: ContainerId, output: Type.Unknown({ description: 'Depends on the container.' }) },
  { description: 'What a container answered.' },
);
const ContainerError = Type.Object(
  { container: ContainerId, error: Type.String() },
  { description: 'Why a container did not answer.' },
);
/** Source: seed 004, "ContainerResult". */
export const ContainerResult = Type.Union([ContainerOutput, ContainerError]);

/** Source: seed 004, "JobRequest"; contract/infernet.md for what it leaves out. */
export const JobRequest = Type.Object(
  {
    containers: Type.Optional(
      Type.Array(Type.String({ maxLength: 200 }), {
        maxItems: MAX_CHAIN,
        description: 'Ids of containers, run one after the other; each is given what the one before it answered.',
      }),
    ),
    data: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: 'What the first container is given.' }),
    ),
    requires_proof: Type.Optional(Type.Boolean({ description: 'Whether the last container must prove its answer.' })),
    signature: Type.Optional(Type.Unknown({ description: 'Of a subscription: {nonce, expiry, v, r, s}.' })),
    subscription: Type.Optional(Type.Unknown({ description: 'A subscription on a chain that its owner has signed.' })),
  },
  { examples: [{ containers: ['echo'], data: { text: 'Hello' } }] },
);

export const JobResult = Type.Object({
  id: Type.String(),
  status: Type.Union([Type.Literal('running'), Type.Literal('success'), Type.Literal('failed')]),
  result: Type.Union([ContainerResult, Type.Null()], {
    description: 'Of the last container, or of the one that failed; null while the job runs.',
  }),
  intermediate_results: Type.Optional(
    Type.Array(ContainerResult, { description: 'Of the containers before it, when they are asked for.' }),
  ),
});

export const Created = Type.Object({ id: Type.String({ description: 'UUID of the job.' }) });
export const Refused = Type.Object({
  error: Type.String(),
  params: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});

/** A flag of a query, in any of the ways that clients write it. */
export const QueryFlag = (description: string) =>
  Type.Optional(Type.String({ pattern: '^([Tt]rue|TRUE|1|[Ff]alse|FALSE|0)$', description }));
