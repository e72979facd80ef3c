/** What OpenAI's endpoints share. Source: contract/openai.md; the shapes are those of platform.openai.com/docs/api-reference. */
import Type, { type TSchema } from 'typebox';
import { serviceFor } from '../services/catalogue.ts';

/** A field that may be left out; null is the same as leaving it out. */
export const Maybe = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));

/**
 * A field of which only values that change nothing are taken.
 *
 * @param why said to whoever sends another value
 */
export const Only = <T extends TSchema>(schema: T, why: string) =>
  Type.Optional(Type.Union([schema, Type.Null()], { 'x-unsupported': why }));

/** A field that would change the answer and cannot be honoured. */
export const Refused = (why: string) => Type.Optional(Type.Null({ 'x-unsupported': why }));

/** A field that changes nothing here, whatever it says. */
export const Ignored = Type.Optional(Type.Unknown({ description: 'Accepted; changes nothing here.' }));

/** A parameter under the limits of the service that takes it. */
export function param<T>(service: string, name: string) {
  const schema = serviceFor(service).params.properties[name];
  if (!schema) throw new RangeError(`The service "${service}" has no parameter "${name}"`);
  return Maybe(Type.Unsafe<T>({ ...schema }));
}

/** An object that takes no other fields than these: what is not known is refused by its name. */
export const CLOSED = { additionalProperties: false } as const;

/** Why lists of numbers are no texts. */
export const TOKEN_IDS = 'token ids are not taken; send the text itself';

const Names = Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 100 });
const DECIMAL = '^\\d{1,9}(\\.\\d{1,18})?$';
const Price = Type.Union([Type.Number({ minimum: 0, maximum: 1e9 }), Type.String({ pattern: DECIMAL })], {
  description: 'Credits for one token, as a number or as decimal text.',
});

/** Where a job may run. Source: OpenRouter, "Provider Routing". */
const Provider = Type.Object(
  {
    order: Maybe(Names),
    only: Maybe(Names),
    ignore: Maybe(Names),
    max_price: Maybe(Type.Union([Price, Type.Object({ prompt: Maybe(Price), completion: Maybe(Price) }, CLOSED)])),
    sort: Maybe(Type.Enum(['price', 'throughput', 'latency'])),
    allow_fallbacks: Maybe(Type.Boolean()),
    require_parameters: Ignored,
  },
  CLOSED,
);

/** Fields that choose model, place and turn. */
export const ROUTING = {
  model: Type.String({
    minLength: 1,
    maxLength: 200,
    description:
      'A model that `GET /v1/models` lists; there `default` stands for whatever is there, `embedding` for the first by name.',
  }),
  models: Maybe(
    Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
      maxItems: 20,
      description: 'Models that are taken in the place of `model`, in this order, when no node serves it.',
    }),
  ),
  provider: Maybe(Provider),
  priority: Maybe(Type.Enum(['low', 'normal', 'high'])),
  background: Maybe(
    Type.Boolean({ description: 'True lets the work go on when the client goes away; otherwise it is cancelled.' }),
  ),
};

/** Fields about the account of OpenAI, which have no meaning here and change no answer. */
export const HARMLESS = {
  user: Ignored,
  metadata: Ignored,
  store: Ignored,
  parallel_tool_calls: Ignored,
  safety_identifier: Ignored,
  prompt_cache_key: Ignored,
  prompt_cache_retention: Ignored,
  service_tier: Only(Type.Enum(['auto', 'default']), 'there are no other tiers than "auto" and "default"'),
};

export const Usage = Type.Object({
  prompt_tokens: Type.Integer(),
  completion_tokens: Type.Integer(),
  total_tokens: Type.Integer(),
});

/** What OpenAI has no word for. */
export const Plexus = Type.Object({
  job_id: Type.String(),
  receipt_id: Type.Union([Type.String(), Type.Null()]),
  cost: Type.String({ description: 'Credits as decimal text.' }),
  node_id: Type.Union([Type.String(), Type.Null()]),
});

/** The answer 202 to `Prefer: respond-async`. */
export const AcceptedJob = Type.Object({
  id: Type.String(),
  object: Type.Literal('plexus.job'),
  status: Type.String({ description: 'As `state` at `GET /plexus/v1/jobs/{job_id}`, where the answer will be.' }),
  created: Type.Integer({ description: 'Unix time in seconds.' }),
  model: Type.String(),
});

/** The refusals a caller should expect of a request that is worked on. */
export const REFUSALS = {
  400: 'A parameter that is wrong or not supported; `param` names it.',
  401: 'Missing or invalid API key.',
  404: 'No connected node serves the model.',
  409: 'The Idempotency-Key stands for another request, or for one that is being streamed.',
  429: 'Too many requests, or no credits left (`insufficient_quota`).',
  502: 'Every node that could do it failed.',
  503: 'No node can do it now, or too many are waiting.',
  504: 'It was not done in time.',
};
