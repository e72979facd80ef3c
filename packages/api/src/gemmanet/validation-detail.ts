/** What FastAPI with pydantic 2 answers to an input that does not fit, made of what Ajv says about it. */
import type { DomainError } from '@plexus/core';
import type { ErrorObject } from 'ajv';
import type { InputPart, SchemaViolation } from '../validators.ts';

interface Detail {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input: unknown;
  readonly ctx?: Readonly<Record<string, unknown>>;
}

type Wording = Omit<Detail, 'loc' | 'input'>;

/** Names of types: for a value of JSON, and for a text that should be read as one. */
const TYPES: Readonly<Record<string, { readonly json: Wording; readonly text?: Wording }>> = {
  string: { json: { type: 'string_type', msg: 'Input should be a valid string' } },
  integer: {
    json: { type: 'int_type', msg: 'Input should be a valid integer' },
    text: { type: 'int_parsing', msg: 'Input should be a valid integer, unable to parse string as an integer' },
  },
  number: {
    json: { type: 'float_type', msg: 'Input should be a valid number' },
    text: { type: 'float_parsing', msg: 'Input should be a valid number, unable to parse string as a number' },
  },
  boolean: {
    json: { type: 'bool_type', msg: 'Input should be a valid boolean' },
    text: { type: 'bool_parsing', msg: 'Input should be a valid boolean, unable to interpret input' },
  },
  object: { json: { type: 'dict_type', msg: 'Input should be a valid dictionary' } },
  array: { json: { type: 'list_type', msg: 'Input should be a valid list' } },
};

const MISSING: Wording = { type: 'missing', msg: 'Field required' };
const NOT_A_MODEL: Wording = {
  type: 'model_attributes_type',
  msg: 'Input should be a valid dictionary or object to extract fields from',
};
const FRACTION: Wording = {
  type: 'int_from_float',
  msg: 'Input should be a valid integer, got a number with a fractional part',
};

/** One entry for each thing that is wrong with a part of a request. */
export function violationDetails({ part, errors }: SchemaViolation): readonly Detail[] {
  if (errors.length === 0) return [malformedJsonDetail(0, 'recursion limit exceeded')];
  return errors.filter(isTelling).map((error) => toDetail(part, error));
}

/** A body that is not JSON. */
export function malformedJsonDetail(position: number, error: string): Detail {
  return { type: 'json_invalid', loc: ['body', position], msg: 'JSON decode error', input: {}, ctx: { error } };
}

/** An input that fits its schema but not the domain. */
export function domainErrorDetail({ details, message }: DomainError<'INVALID_INPUT'>, body: unknown): Detail {
  const path = details.field.split('.');
  // Where there is no body, it stood in the path.
  const place = body === undefined ? 'path' : 'body';
  return { type: 'value_error', loc: [place, ...path], msg: `Value error, ${message}`, input: valueAt(body, path) };
}

/** An Idempotency-Key that is none. */
export function headerErrorDetail(message: string): Detail {
  return { type: 'value_error', loc: ['header', 'idempotency-key'], msg: `Value error, ${message}`, input: null };
}

/** Of a field that may be null, what is said about its other form is enough. */
function isTelling({ keyword, params }: ErrorObject): boolean {
  return keyword !== 'anyOf' && !(keyword === 'type' && params['type'] === 'null');
}

function toDetail(part: InputPart, error: ErrorObject): Detail {
  const path = locate(error.instancePath);
  const input: unknown = part === 'body' ? error.data : String(error.data);
  if (error.keyword === 'required') {
    return { ...MISSING, loc: [part, ...path, String(error.params['missingProperty'])], input: printable(error.data) };
  }
  if (path.length === 0) return { ...wordRoot(error.data), loc: [part], input: error.data ?? null };
  return { ...word(part, error), loc: [part, ...path], input };
}

function wordRoot(data: unknown): Wording {
  return data === null || data === undefined ? MISSING : NOT_A_MODEL;
}

function word(part: InputPart, { keyword, params, data, message = '' }: ErrorObject): Wording {
  const limit = Number(params['limit']);
  switch (keyword) {
    case 'type':
      return wordType(part, String(params['type']), data) ?? { type: 'value_error', msg: `Value error, ${message}` };
    case 'minimum':
      return bound('greater_than_equal', `Input should be greater than or equal to ${limit}`, { ge: limit });
    case 'maximum':
      return bound('less_than_equal', `Input should be less than or equal to ${limit}`, { le: limit });
    case 'minLength':
      return bound('string_too_short', `String should have at least ${characters(limit)}`, { min_length: limit });
    case 'maxLength':
      return bound('string_too_long', `String should have at most ${characters(limit)}`, { max_length: limit });
    case 'exclusiveMinimum':
      return bound('greater_than', `Input should be greater than ${limit}`, { gt: limit });
    case 'pattern': {
      const pattern = String(params['pattern']);
      return bound('string_pattern_mismatch', `String should match pattern '${pattern}'`, { pattern });
    }
    default:
      return { type: 'value_error', msg: `Value error, ${message}` };
  }
}

function wordType(part: InputPart, type: string, data: unknown): Wording | undefined {
  if (type === 'integer' && part === 'body' && typeof data === 'number') return FRACTION;
  const words = TYPES[type];
  return part === 'body' ? words?.json : (words?.text ?? words?.json);
}

function bound(type: string, msg: string, ctx: Readonly<Record<string, number | string>>): Wording {
  return { type, msg, ctx };
}

function characters(count: number): string {
  return count === 1 ? '1 character' : `${count} characters`;
}

/** A JSON pointer as FastAPI's place; members of lists are numbers. */
function locate(pointer: string): (string | number)[] {
  const tokens = pointer.split('/').slice(1);
  return tokens.map((token) =>
    /^\d+$/.test(token) ? Number(token) : token.replaceAll('~1', '/').replaceAll('~0', '~'),
  );
}

/** The object that lacks something, without its key: answers are pasted into bug reports. */
function printable(data: unknown): unknown {
  const isKeyed = typeof data === 'object' && data !== null && 'api_key' in data;
  return isKeyed ? { ...data, api_key: '[redacted]' } : data;
}

function valueAt(body: unknown, path: readonly string[]): unknown {
  let value = body;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value ?? null;
}
