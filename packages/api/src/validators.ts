import { exceedsDepth } from '@plexus/protocol';
import { Ajv, type ErrorObject, type Options } from 'ajv';
import ajvFormats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { late } from './late.ts';
import { tellingFirst, wordsOf } from './violation-words.ts';

/** Where a value stood: the words that OpenAPI and FastAPI use. */
export type InputPart = 'body' | 'query' | 'path';

/** Levels of objects and lists that a body may be nested: what follows walks it by recursion. */
const MAX_DEPTH = 64;

/** An input that does not fit its schema. `errors` is empty when a body is nested too deeply. */
export class SchemaViolation extends Error {
  override readonly name = 'SchemaViolation';
  readonly statusCode = 422;
  readonly part: InputPart;
  readonly errors: readonly ErrorObject[];

  constructor(part: InputPart, errors: readonly ErrorObject[]) {
    super(wordsOf(errors) ?? `is nested more than ${MAX_DEPTH} levels deep`);
    this.part = part;
    this.errors = errors;
  }
}

const PARTS: Readonly<Record<string, InputPart>> = { body: 'body', querystring: 'query', params: 'path' };

const COMMON: Options = { strict: false, verbose: true, coerceTypes: false, removeAdditional: false };
const TEXT: Options = { ...COMMON, coerceTypes: true, useDefaults: true };

/**
 * Compiles schemas, each when something is first to fit it, so that bodies are taken as they are and only query and path,
 * which are text, are coerced. What fails is looked at a second time with a validator that finds everything wrong, not only the first thing.
 */
export function createValidatorCompiler(): FastifySchemaCompiler<TSchema> {
  const body = [lateAjv(COMMON), lateAjv({ ...COMMON, allErrors: true })] as const;
  const text = [lateAjv(TEXT), lateAjv({ ...TEXT, allErrors: true })] as const;
  return ({ schema, httpPart = 'body' }) => {
    const part = PARTS[httpPart] ?? 'body';
    if (part === 'body') return checkBody(schema, ...body);
    return withFlags(schema, check(schema, part, ...text));
  };
}

type LateAjv = () => Ajv;
type Check = (value: unknown) => boolean | { error: SchemaViolation };

function checkBody(schema: TSchema, quick: LateAjv, thorough: LateAjv): Check {
  const fits = check(schema, 'body', quick, thorough);
  return (value) => (exceedsDepth(value, MAX_DEPTH) ? { error: new SchemaViolation('body', []) } : fits(value));
}

/** How clients write yes and no; Python's write `True`. Source: pydantic, "Standard Library Types", "Booleans". */
const FLAG_WORDS: ReadonlyMap<unknown, string> = new Map([
  ...['1', 'on', 't', 'true', 'y', 'yes'].map((word) => [word, 'true'] as const),
  ...['0', 'off', 'f', 'false', 'n', 'no'].map((word) => [word, 'false'] as const),
]);

type Members = Readonly<Record<string, { readonly type?: unknown }>>;

/** Puts flags into the words that Ajv knows, before it looks at them. */
function withFlags(schema: TSchema & { readonly properties?: Members }, fits: Check): Check {
  const members = Object.entries(schema.properties ?? {});
  const names = members.filter(([, { type }]) => type === 'boolean').map(([name]) => name);
  if (names.length === 0) return fits;
  return (value) => {
    const texts = value as Record<string, unknown>;
    for (const name of names) {
      const given = texts[name];
      const word = typeof given === 'string' ? FLAG_WORDS.get(given.toLowerCase()) : undefined;
      if (word !== undefined) texts[name] = word;
    }
    return fits(value);
  };
}

function check(schema: TSchema, part: InputPart, quick: LateAjv, thorough: LateAjv): Check {
  const lateFits = late(() => quick().compile(schema));
  const lateExplain = late(() => thorough().compile(schema));
  return (value) => {
    const fits = lateFits();
    if (fits(value)) return true;
    const explain = lateExplain();
    explain(value);
    const errors = explain.errors ?? fits.errors ?? [];
    explain.errors = null;
    fits.errors = null;
    return { error: new SchemaViolation(part, tellingFirst(errors)) };
  };
}

function lateAjv(options: Options): LateAjv {
  return late(() => ajvFormats.default(new Ajv(options)));
}
