import { FEED_REQUESTS, type FeedRequest, parseJson, schemaWords } from '@plexus/protocol';
import { Compile, type Validator } from 'typebox/compile';

type Read =
  | { readonly ok: true; readonly request: FeedRequest }
  | { readonly ok: false; readonly message: string; readonly id?: string | number };

const validators = new Map(Object.entries(FEED_REQUESTS).map(([type, schema]) => [type, Compile(schema)]));

/** Reads one text frame of a reader; says what is wrong with it instead of throwing. */
export function readFeedRequest(text: string): Read {
  const said = parseObject(text);
  if (!said) return { ok: false, message: 'Not a JSON object' };
  const { type, id } = said;
  const known = typeof id === 'string' || typeof id === 'number' ? { id } : {};
  const validator = typeof type === 'string' ? validators.get(type) : undefined;
  if (!validator) return { ok: false, message: `type: one of ${[...validators.keys()].join(', ')}`, ...known };
  if (!validator.Check(said)) return { ok: false, message: firstProblem(validator, said), ...known };
  // The validator of its `type` has accepted it, which TypeScript cannot see.
  return { ok: true, request: said as FeedRequest };
}

function firstProblem(validator: Validator, said: Readonly<Record<string, unknown>>): string {
  const [error] = validator.Errors(said);
  const field = error?.instancePath.slice(1).replaceAll('/', '.') ?? '';
  return `${field === '' ? String(said['type']) : field}: ${schemaWords(error)}`;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = parseJson(text);
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
}
