import { RunError } from '../runner.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Keywords that say nothing about what is valid. */
const ANNOTATIONS = ['title', 'description', 'default', 'examples', '$schema', '$id', '$comment', 'deprecated'];
/** What else a grammar can promise, by the kind of value. `required` it keeps by making every property. */
const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'prefixItems', 'minItems', 'maxItems'],
  string: ['minLength', 'maxLength', 'format'],
  number: [],
  integer: ['minimum', 'maximum'],
  boolean: [],
  null: [],
};
/** What a grammar's integers come to at most: so many digits that every program reads them exactly. */
export const INTEGER_DIGITS = 15;
const LARGEST_INTEGER = 10 ** INTEGER_DIGITS - 1;
const FORMATS = ['date-time', 'time', 'date'];
const DEFINITIONS = /^#\/(?:\$defs|definitions)\/([^/]+)$/;
/** Bounds on what one caller's schema may cost: llama.cpp unrolls repetitions. */
const MAX_REPEAT = 1000;
const MAX_DEPTH = 32;
const MAX_NODES = 1000;

interface Place {
  readonly path: string;
  readonly depth: number;
  readonly definitions: ReadonlySet<string>;
  /** The name under which the whole schema is referred to, for which "#" stands. */
  readonly whole: () => string;
  /** Counts the schemas within the schema. */
  readonly visit: () => number;
}

/**
 * A JSON Schema in the dialect of node-llama-cpp's grammars. Whatever satisfies the grammar satisfies the
 * schema; what a grammar cannot promise is refused, never left out.
 *
 * @throws {RunError} INVALID_INPUT naming the keyword
 */
export function grammarSchema(schema: Schema): Schema {
  const { $defs = {}, definitions = {}, ...root } = schema;
  const named = { ...asObject($defs, '$defs'), ...asObject(definitions, 'definitions') };
  const wholeName = unusedName(named);
  let nodes = 0;
  let refersToWhole = false;
  const whole = (): string => ((refersToWhole = true), wholeName);
  const place = { depth: 0, definitions: new Set(Object.keys(named)), whole, visit: () => ++nodes };
  const converted = convert(root, { ...place, path: 'schema' });
  const entries = Object.entries(named).map(([name, value]) => [
    name,
    convert(value, { ...place, path: `schema.$defs.${name}` }),
  ]);
  if (refersToWhole) {
    return { $ref: `#/$defs/${wholeName}`, $defs: Object.fromEntries([...entries, [wholeName, converted]]) };
  }
  return entries.length === 0 ? converted : { ...converted, $defs: Object.fromEntries(entries) };
}

function unusedName(names: Schema): string {
  let name = 'whole';
  while (name in names) name += '_';
  return name;
}

function convert(value: unknown, place: Place): Schema {
  const schema = asObject(value, place.path);
  if (place.depth > MAX_DEPTH || place.visit() > MAX_NODES) throw refused(place.path, 'is too large');
  if ('$ref' in schema) return reference(schema, place);
  for (const union of ['anyOf', 'oneOf', 'allOf']) if (union in schema) return combination(schema, union, place);
  if ('const' in schema) return literals(schema, 'const', [schema['const']], place);
  if ('enum' in schema) return literals(schema, 'enum', asList(schema['enum'], `${place.path}.enum`), place);
  const types = typesOf(schema, place);
  const [only] = types;
  if (only !== undefined && types.length === 1) return typed(schema, only, place);
  throwOnOthers(schema, ['type', ...types.flatMap((type) => KEYWORDS[type] ?? [])], place);
  return { oneOf: types.map((type) => typed(restrictedTo(schema, type), type, place)) };
}

function reference(schema: Schema, place: Place): Schema {
  throwOnOthers(schema, ['$ref'], place);
  if (schema['$ref'] === '#') return { $ref: `#/$defs/${place.whole()}` };
  const name = DEFINITIONS.exec(String(schema['$ref']))?.[1];
  if (name === undefined || !place.definitions.has(name)) throw refused(`${place.path}.$ref`, 'leads nowhere');
  return { $ref: `#/$defs/${name}` };
}

function combination(schema: Schema, keyword: string, place: Place): Schema {
  throwOnOthers(schema, [keyword], place);
  const path = `${place.path}.${keyword}`;
  const parts = asList(schema[keyword], path).map((part, i) => convert(part, inner(place, `${keyword}.${i}`)));
  const [only] = parts;
  if (only === undefined) throw refused(path, 'is empty');
  if (keyword !== 'allOf') return { oneOf: parts };
  if (parts.length > 1) throw refused(path, 'cannot be promised');
  return only;
}

function literals(schema: Schema, keyword: string, values: readonly unknown[], place: Place): Schema {
  throwOnOthers(schema, [keyword, 'type'], place);
  const isPlain = values.length > 0 && values.every((value) => value === null || typeof value !== 'object');
  if (!isPlain) throw refused(`${place.path}.${keyword}`, 'must have plain values');
  return { enum: values };
}

function typesOf(schema: Schema, { path }: Place): readonly string[] {
  const { type = guessedType(schema) } = schema;
  const types = (Array.isArray(type) ? type : [type]).map(String);
  const unknown = types.find((one) => !(one in KEYWORDS));
  if (types.length === 0 || unknown !== undefined) throw refused(`${path}.type`, 'must say what kind of value it is');
  return types;
}

function guessedType(schema: Schema): string | undefined {
  if ('properties' in schema) return 'object';
  return 'items' in schema || 'prefixItems' in schema ? 'array' : undefined;
}

function restrictedTo(schema: Schema, type: string): Schema {
  const kept = KEYWORDS[type] ?? [];
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => kept.includes(keyword)));
}

function typed(schema: Schema, type: string, place: Place): Schema {
  throwOnOthers(schema, ['type', ...(KEYWORDS[type] ?? [])], place);
  if (type === 'object') return object(schema, place);
  if (type === 'array') return array(schema, place);
  if (type === 'integer') throwOnNarrow(schema, place);
  return type === 'string' ? string(schema, place) : { type };
}

/** Bounds such as Zod writes of every integer, which none that is made can be beyond, are promised; narrower ones are not. */
function throwOnNarrow({ minimum = -LARGEST_INTEGER, maximum = LARGEST_INTEGER }: Schema, { path }: Place): void {
  if (!(Number(minimum) <= -LARGEST_INTEGER)) throw refused(`${path}.minimum`, 'cannot be promised');
  if (!(Number(maximum) >= LARGEST_INTEGER)) throw refused(`${path}.maximum`, 'cannot be promised');
}

function object(schema: Schema, place: Place): Schema {
  const properties = asObject(schema['properties'] ?? {}, `${place.path}.properties`);
  const names = Object.keys(properties);
  const required = asList(schema['required'] ?? [], `${place.path}.required`);
  const isKept = required.every((name) => names.some((one) => one === name));
  if (!isKept) throw refused(`${place.path}.required`, 'names what is no property');
  // A schema without properties means any object; one with properties is kept to them, which is valid too.
  const { additionalProperties: more = names.length === 0 } = schema;
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, value]) => [name, convert(value, inner(place, `properties.${name}`))]),
    ),
    additionalProperties: typeof more === 'boolean' ? more : convert(more, inner(place, 'additionalProperties')),
  };
}

function array(schema: Schema, place: Place): Schema {
  const { items, prefixItems } = schema;
  const prefix = prefixItems === undefined ? undefined : asList(prefixItems, `${place.path}.prefixItems`);
  return {
    type: 'array',
    ...(items !== undefined && { items: convert(items, inner(place, 'items')) }),
    ...(prefix && { prefixItems: prefix.map((item, i) => convert(item, inner(place, `prefixItems.${i}`))) }),
    ...bounds(schema, ['minItems', 'maxItems'], place),
  };
}

function string(schema: Schema, place: Place): Schema {
  const { format } = schema;
  if (format === undefined) return { type: 'string', ...bounds(schema, ['minLength', 'maxLength'], place) };
  throwOnOthers(schema, ['type', 'format'], place);
  if (!FORMATS.some((one) => one === format)) throw refused(`${place.path}.format`, 'cannot be promised');
  return { type: 'string', format };
}

function bounds(schema: Schema, [min, max]: readonly [string, string], { path }: Place): Schema {
  const given = [min, max].filter((keyword) => schema[keyword] !== undefined);
  for (const keyword of given) {
    const value = Number(schema[keyword]);
    if (!Number.isInteger(value) || value < 0) throw refused(`${path}.${keyword}`, 'must be a whole number');
    if (value > MAX_REPEAT) throw refused(`${path}.${keyword}`, `is more than ${MAX_REPEAT}`);
  }
  if (Number(schema[min] ?? 0) > Number(schema[max] ?? MAX_REPEAT)) throw refused(`${path}.${max}`, `is below ${min}`);
  return Object.fromEntries(given.map((keyword) => [keyword, schema[keyword]]));
}

function inner(place: Place, step: string): Place {
  return { ...place, path: `${place.path}.${step}`, depth: place.depth + 1 };
}

function throwOnOthers(schema: Schema, known: readonly string[], { path }: Place): void {
  const other = Object.keys(schema).find((keyword) => !known.includes(keyword) && !ANNOTATIONS.includes(keyword));
  if (other !== undefined) throw refused(`${path}.${other}`, 'cannot be promised');
}

function asObject(value: unknown, path: string): Schema {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Schema;
  throw refused(path, 'must be an object');
}

function asList(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw refused(path, 'must be a list');
}

function refused(path: string, why: string): RunError {
  return new RunError('INVALID_INPUT', `response_format.${path} ${why}`);
}
