/** Requests that are one change away from such that fit. */
import fc from 'fast-check';
import type { Parts } from './fuzz-request.ts';
import { type Mutation, mutate, mutation } from './mutations.ts';

type Part = 'path' | 'query' | 'header' | 'body';

/** @param valid requests that fit */
export function mutatedParts(valid: fc.Arbitrary<Parts>): fc.Arbitrary<Parts> {
  return fc
    .record({ parts: valid, part: fc.constantFrom<Part>('body', 'body', 'query', 'path', 'header'), change: mutation })
    .map(({ parts, part, change }) => changed(parts, part, change));
}

/** Where there is nothing of the part that was to be changed, the body is. */
function changed(parts: Parts, part: Part, change: Mutation): Parts {
  const { operation } = parts;
  const isBody = part === 'body' || !operation.parameters.some((parameter) => parameter.in === part);
  if (!isBody) return { ...parts, [part]: asFields(mutate(parts[part], change)) };
  if (operation.body) return { ...parts, body: mutate(parts.body ?? {}, change) };
  // A query that nobody asked for.
  return { ...parts, query: { ...parts.query, [change.name]: change.value } };
}

function asFields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : { value };
}
