/** How a service's definition looks in AITBC's registry: everything here is read from it. */
import {
  type aitbcEndpoints,
  formatCredits,
  type Output,
  requestSchema,
  type ServiceDefinition,
  type UnitType,
} from '@plexus/protocol';
import { registryName } from './service-names.ts';

type Endpoints = typeof aitbcEndpoints;
type Definition = Output<Endpoints['getService']>;
type Parameter = Definition['input_parameters'][number];
type Schema = Readonly<Record<string, unknown>>;

const UNITS: Readonly<Record<UnitType, string>> = {
  request: 'for each started 1,000 characters of content',
  token: 'for each token of prompt and answer',
  second: 'for each second of computing',
  image: 'for each image',
};

/** What a parameter is called by its type in JSON Schema. */
const TYPES: Readonly<Record<string, Parameter['type']>> = {
  string: 'string',
  integer: 'integer',
  number: 'float',
  boolean: 'boolean',
  array: 'array',
};

/** Members of a schema that the definition of a parameter has names of its own for. */
const NAMED = ['type', 'description', 'default', 'minimum', 'maximum', 'enum'];

/** @param available nodes online that offer it */
export function toDefinition(service: ServiceDefinition, available: number): Definition {
  const { id, name, category, description, version, icon, capabilities, tags } = service;
  return {
    id: registryName(id),
    name,
    category,
    description,
    version,
    icon,
    input_parameters: toParameters(service),
    output_schema: plain(service.output),
    requirements: toRequirements(service).map(({ minimum, ...rest }) => ({ min_value: minimum, ...rest })),
    pricing: [toPricing(service)],
    capabilities: [...capabilities],
    tags: [...tags],
    max_concurrent: service.maxConcurrent,
    timeout_seconds: service.timeoutSeconds,
    available,
  };
}

/** The JSON Schema of a request. */
export function toSchema(service: ServiceDefinition): Output<Endpoints['getServiceSchema']> {
  const { properties, required } = plain(requestSchema(service));
  return {
    type: 'object',
    properties: { ...(properties as Schema) },
    required: Array.isArray(required) ? required.map(String) : [],
  };
}

export function toRequirements({
  requirements,
}: ServiceDefinition): Output<Endpoints['getServiceRequirements']>['requirements'] {
  return requirements.map(({ component, minimum, recommended, unit = null }) => {
    return { component, minimum, recommended, unit };
  });
}

/** Whether a search finds a service by its name, description or tags. */
export function isFound({ id, name, description, tags }: ServiceDefinition, search: string): boolean {
  const words = [registryName(id), name, description, ...tags];
  return words.some((text) => text.toLowerCase().includes(search.toLowerCase()));
}

function toParameters(service: ServiceDefinition): Parameter[] {
  const { properties, required } = toSchema(service);
  return Object.entries(properties).map(([name, schema]) =>
    // Every property of a request is a schema of ours.
    toParameter(name, schema as Schema, required.includes(name)),
  );
}

function toParameter(name: string, schema: Schema, required: boolean): Parameter {
  const rules = Object.entries(schema).filter(([rule]) => !NAMED.includes(rule));
  const { description = '', minimum, maximum, enum: options } = schema;
  return {
    name,
    type: typeOf(schema),
    required,
    description: String(description),
    default: schema['default'] ?? null,
    min_value: typeof minimum === 'number' ? minimum : null,
    max_value: typeof maximum === 'number' ? maximum : null,
    options: Array.isArray(options) ? options.map(String) : null,
    validation: rules.length > 0 ? Object.fromEntries(rules) : null,
  };
}

function typeOf({ type, enum: options, format }: Schema): Parameter['type'] {
  if (options !== undefined) return 'enum';
  return format === 'uri' ? 'file' : (TYPES[String(type)] ?? 'object');
}

/** A task of any service is at least one unit, but for tokens, which may be none. */
function toPricing({ unitType, unitPriceMicro }: ServiceDefinition): Definition['pricing'][number] {
  const price = formatCredits(unitPriceMicro);
  return {
    name: 'standard',
    model: 'per_unit',
    unit_price: price,
    min_charge: unitType === 'token' ? '0' : price,
    currency: 'AITBC',
    description: `${price} AITBC ${UNITS[unitType]}`,
  };
}

/** A schema without the marks of its library, which are no JSON. */
function plain(schema: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(schema)) as Record<string, unknown>;
}
