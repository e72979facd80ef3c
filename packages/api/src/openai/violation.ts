/** What is said about a request that does not fit its schema: one thing, by the name of its parameter. */
import type { ErrorObject } from 'ajv';
import type { ErrorReply } from '../dialect.ts';
import type { SchemaViolation } from '../validators.ts';
import { withFirst, wordsOf } from '../violation-words.ts';
import { badRequest } from './words.ts';

/** Keywords that speak of a field's size or members, not of whether it is supported. */
const OF_FORM = new Set(['minLength', 'maxLength', 'required', 'additionalProperties', 'minItems']);
/** Values that are short enough to be repeated. */
const MAX_SHOWN = 60;

export function violationReply({ errors: all, message, part }: SchemaViolation): ErrorReply {
  const unsupported = all.find((error) => reasonOf(error) !== undefined);
  if (unsupported) return sayUnsupported(unsupported);
  const errors = ofMeantBranch(all);
  const error = errors.find(({ keyword }) => keyword === 'additionalProperties') ?? nearest(errors);
  if (!error) return badRequest(`The ${part} ${message}`, 'invalid_value');
  return say(error, nameOf(error), wordsOf(withFirst(errors, error)));
}

/** Without the forms of a union that a value is not meant to have: a constant in it, for example its `type`, is another. */
function ofMeantBranch(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const others = errors.flatMap(({ keyword, schemaPath }) => (keyword === 'const' ? [branchOf(schemaPath)] : []));
  const meant = errors.filter(
    ({ schemaPath }) => !others.some((branch) => branch !== '' && schemaPath.startsWith(branch)),
  );
  return meant.some(isTelling) ? meant : errors;
}

/** The innermost form of a union that a place in a schema is in. */
function branchOf(schemaPath: string): string {
  return /^.*\/anyOf\/\d+\//.exec(schemaPath)?.[0] ?? '';
}

/** Why a value is not supported, where the schema has a word for it. */
function reasonOf({ keyword, parentSchema }: ErrorObject): string | undefined {
  const reason: unknown = parentSchema?.['x-unsupported'];
  return typeof reason === 'string' && !OF_FORM.has(keyword) ? reason : undefined;
}

function sayUnsupported(error: ErrorObject): ErrorReply {
  const name = nameOf(error);
  const message = `Unsupported parameter: '${name}'${shown(error.data)}: ${reasonOf(error) ?? ''}`;
  return badRequest(message, 'unsupported_parameter', name);
}

/** Of a field that may have several forms, the one that was nearest tells most: deep in it, and of the right type. */
function nearest(errors: readonly ErrorObject[]): ErrorObject | undefined {
  const telling = errors.filter(isTelling);
  return (telling.length > 0 ? telling : errors).toSorted((a, b) => nearness(b) - nearness(a))[0];
}

function isTelling({ keyword, params }: ErrorObject): boolean {
  return keyword !== 'anyOf' && params['type'] !== 'null';
}

function nearness({ instancePath, keyword }: ErrorObject): number {
  return instancePath.split('/').length + (keyword === 'type' ? 0 : 0.5);
}

function say({ keyword, params, data }: ErrorObject, name: string, message = 'is not valid'): ErrorReply {
  switch (keyword) {
    case 'additionalProperties':
      return badRequest(`Unknown parameter: '${name}'`, 'unknown_parameter', name);
    case 'required':
      return badRequest(`Missing required parameter: '${name}'`, 'missing_required_parameter', name);
    case 'type':
      return badRequest(`Invalid type for '${name}': it ${message}`, 'invalid_type', name);
    case 'enum': {
      const allowed = Array.isArray(params['allowedValues']) ? params['allowedValues'].join("', '") : '';
      return badRequest(
        `Invalid value for '${name}'${shown(data)}: it must be one of '${allowed}'`,
        'invalid_value',
        name,
      );
    }
    default:
      return badRequest(`Invalid value for '${name}'${shown(data)}: it ${message}`, 'invalid_value', name);
  }
}

function shown(data: unknown): string {
  const text = typeof data === 'string' || typeof data === 'number' ? JSON.stringify(data) : '';
  return text === '' || text.length > MAX_SHOWN ? '' : ` (${text})`;
}

/** A parameter as OpenAI names it, for example `messages[0].content`. */
function nameOf({ instancePath, keyword, params }: ErrorObject): string {
  const tokens = instancePath.split('/').slice(1);
  if (keyword === 'required') tokens.push(String(params['missingProperty']));
  if (keyword === 'additionalProperties') tokens.push(String(params['additionalProperty']));
  const steps = tokens.map((token) => {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    return /^\d+$/.test(name) ? `[${name}]` : `.${name}`;
  });
  return steps.join('').replace(/^\./, '') || 'body';
}
