/** Values that fit a JSON Schema, as an OpenAPI 3.1 document has them. A keyword that is not known here fails loudly. */
import { countCharacters } from '@plexus/protocol';
import fc from 'fast-check';

export type Schema = Readonly<Record<string, unknown>>;

/** Where values come from that no schema can tell, such as ids of jobs that exist. */
export interface Known {
  /** Values of a field of that name that fit its schema. */
  values(name: string, schema: Schema): readonly unknown[];
  /** Names that members of free objects may have. */
  readonly names: readonly string[];
}

export interface Reading extends Known {
  /** The document that references point into. */
  readonly document: Schema;
}

/** What says nothing about which values fit. */
const SILENT = new Set(['description', 'default', 'title', 'x-unsupported', '$id']);
const OF_VALUES =
  'type const enum anyOf oneOf $ref format pattern minLength maxLength minimum maximum exclusiveMinimum exclusiveMaximum';
const OF_PARTS = 'items minItems maxItems properties required additionalProperties patternProperties maxProperties';
const UNDERSTOOD = new Set([...SILENT, 'examples', ...OF_VALUES.split(' '), ...OF_PARTS.split(' ')]);

/** Longer texts and lists are for mutations. */
const MAX_TEXT = 40;
const MAX_ITEMS = 3;
/** Members of an object that need not be there, but are. */
const OPTIONAL_MEMBERS = 3;
const ABSENT = Symbol('absent');
/** How often a value that is known to exist is taken, or one that the schema gives, against once that one is made up. */
const KNOWN_WEIGHT = 3;

/** @param name of the field that the value is for */
export function valuesOf(schema: Schema, reading: Reading, name = ''): fc.Arbitrary<unknown> {
  for (const keyword of Object.keys(schema)) {
    if (!UNDERSTOOD.has(keyword)) throw new Error(`The fuzzer does not understand "${keyword}" of a schema`);
  }
  const made = madeUp(schema, reading, name);
  const known = [...reading.values(name, schema), ...((schema['examples'] ?? []) as readonly unknown[])];
  if (known.length === 0) return made;
  return fc.oneof(made, { weight: KNOWN_WEIGHT, arbitrary: fc.constantFrom(...known) });
}

function madeUp(schema: Schema, reading: Reading, name: string): fc.Arbitrary<unknown> {
  if ('$ref' in schema) return valuesOf(resolve(schema, reading.document), reading, name);
  if ('const' in schema) return fc.constant(schema['const']);
  if ('enum' in schema) return fc.constantFrom(...(schema['enum'] as unknown[]));
  const forms = (schema['anyOf'] ?? schema['oneOf']) as readonly Schema[] | undefined;
  if (forms) return fc.oneof(...forms.map((form) => valuesOf(form, reading, name)));
  return typed(schema, reading, name);
}

function typed(schema: Schema, reading: Reading, name: string): fc.Arbitrary<unknown> {
  switch (schema['type']) {
    case 'string':
      return texts(schema);
    case 'integer':
      return fc.integer(boundsOf(schema, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 1));
    case 'number':
      return fc.double({ ...boundsOf(schema, -1e12, 1e12, Number.EPSILON), noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return lists(schema, reading, name);
    case 'object':
      return objects(schema, reading);
    case undefined:
      return fc.jsonValue({ maxDepth: 2 });
    default:
      throw new Error(`The fuzzer does not understand the type ${JSON.stringify(schema['type'])}`);
  }
}

/** What a `$ref` within the document stands for. */
export function resolve(schema: Schema, document: Schema): Schema {
  const reference = schema['$ref'];
  if (typeof reference !== 'string') return schema;
  let found: unknown = document;
  for (const step of reference.replace(/^#\//, '').split('/')) found = (found as Schema | undefined)?.[step];
  if (typeof found !== 'object' || found === null) throw new Error(`There is no ${reference} in the document`);
  return found as Schema;
}

function texts(schema: Schema): fc.Arbitrary<string> {
  const { pattern, format } = schema;
  const minLength = numberIn(schema, 'minLength') ?? 0;
  const longest = numberIn(schema, 'maxLength') ?? Number.POSITIVE_INFINITY;
  const hasLength = (text: string): boolean => countCharacters(text) >= minLength && countCharacters(text) <= longest;
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern)).filter(hasLength);
  if (format === 'date-time') return fc.date({ noInvalidDate: true, max: new Date('9999-12-31') }).map(isoText);
  const maxLength = Math.max(minLength, Math.min(longest, MAX_TEXT));
  const usual = fc.string({ minLength, maxLength, unit: character });
  return longest > MAX_TEXT && longest < 1000
    ? fc.oneof({ weight: 20, arbitrary: usual }, fc.constant('x'.repeat(longest)))
    : usual;
}

/** Code points that are no characters: halves of surrogate pairs. */
const [FIRST_SURROGATE, SURROGATES] = [0xd800, 0x800];
/** Every character; fast-check's own would hold a table of all of them. */
const codePoint = fc.nat(0x10ffff - SURROGATES).map(
  (at) => String.fromCodePoint(at < FIRST_SURROGATE ? at : at + SURROGATES),
  (text) => {
    const point = String(text).codePointAt(0) ?? -1;
    if (text !== String.fromCodePoint(point)) throw new Error('Not one character');
    return point < FIRST_SURROGATE ? point : point - SURROGATES;
  },
);
/** One for all texts: fast-check looks once for each what it must not say. */
const character = fc.oneof(fc.constantFrom('a', '1', ' '), codePoint);

function isoText(date: Date): string {
  return date.getUTCFullYear() < 0 ? new Date(0).toISOString() : date.toISOString();
}

function boundsOf(schema: Schema, lowest: number, highest: number, step: number): { min: number; max: number } {
  const above = numberIn(schema, 'exclusiveMinimum');
  const below = numberIn(schema, 'exclusiveMaximum');
  return {
    min: numberIn(schema, 'minimum') ?? (above === undefined ? lowest : above + step),
    max: numberIn(schema, 'maximum') ?? (below === undefined ? highest : below - step),
  };
}

function lists(schema: Schema, reading: Reading, name: string): fc.Arbitrary<unknown[]> {
  const item = valuesOf((schema['items'] ?? {}) as Schema, reading, name);
  const minLength = numberIn(schema, 'minItems') ?? 0;
  const maxLength = Math.min(numberIn(schema, 'maxItems') ?? Number.POSITIVE_INFINITY, minLength + MAX_ITEMS);
  return fc.array(item, { minLength, maxLength });
}

function objects(schema: Schema, reading: Reading): fc.Arbitrary<Record<string, unknown>> {
  const properties = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Schema>>);
  const required = new Set((schema['required'] ?? []) as string[]);
  const fields = Object.fromEntries(properties.map(([name, field]) => [name, valuesOf(field, reading, name)]));
  const fixed = fieldsOf(fields, required);
  const [free] = Object.entries((schema['patternProperties'] ?? {}) as Readonly<Record<string, Schema>>);
  if (!free) return fixed;
  const [pattern, member] = free;
  const known = reading.names.filter((name) => new RegExp(pattern).test(name));
  const names = fc.oneof(fc.stringMatching(new RegExp(pattern)), fc.constantFrom('', ...known));
  const members = fc.dictionary(names, valuesOf(member, reading), { maxKeys: MAX_ITEMS, noNullPrototype: true });
  return fc.tuple(members, fixed).map(([some, others]) => ({ ...some, ...others }));
}

/** Members of which only some are required: of the others a few are there, so that much of what is made is taken. */
export function fieldsOf(
  fields: Readonly<Record<string, fc.Arbitrary<unknown>>>,
  required: ReadonlySet<string>,
): fc.Arbitrary<Record<string, unknown>> {
  const names = Object.keys(fields);
  const absences = Math.max(1, Math.ceil((names.length - required.size) / OPTIONAL_MEMBERS));
  const members = Object.entries(fields).map(([name, value]) => [
    name,
    required.has(name) ? value : fc.oneof({ weight: absences, arbitrary: fc.constant(ABSENT) }, value),
  ]);
  return fc
    .record(Object.fromEntries(members) as Record<string, fc.Arbitrary<unknown>>, { noNullPrototype: true })
    .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ABSENT)));
}

function numberIn(schema: Schema, keyword: string): number | undefined {
  const value = schema[keyword];
  return typeof value === 'number' ? value : undefined;
}
