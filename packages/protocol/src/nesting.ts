/** Levels of objects and lists that the answer of a program or container may be nested: no more than Python's parser takes. */
export const MAX_ANSWER_DEPTH = 900;

/**
 * Whether a JSON value is nested in more levels of objects and lists than `most`: what walks a value by recursion, as
 * JSON.stringify does, fails at some depth.
 */
export function exceedsDepth(value: unknown, most: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (most === 0) return true;
  if (Array.isArray(value)) return value.some((item) => exceedsDepth(item, most - 1));
  const members = value as Readonly<Record<string, unknown>>;
  for (const key in members) if (exceedsDepth(members[key], most - 1)) return true;
  return false;
}
