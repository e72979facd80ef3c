import type { PageRequest } from '@plexus/core';

/** A page of what is listed newest first. */
export function newestFirst<T>(items: readonly T[], page: PageRequest, keyOf: (item: T) => string | number): T[] {
  const { limit, after } = page;
  const isAfter = (key: string | number): boolean =>
    after === undefined || compare(key, typeof key === 'number' ? Number(after) : after) < 0;
  return items
    .filter((item) => isAfter(keyOf(item)))
    .toSorted((a, b) => compare(keyOf(b), keyOf(a)))
    .slice(0, limit);
}

export function firstById<T extends { readonly id: string }>(items: readonly T[], { limit, after }: PageRequest): T[] {
  return items
    .filter(({ id }) => after === undefined || id > after)
    .toSorted((a, b) => compare(a.id, b.id))
    .slice(0, limit);
}

export function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : Number(a > b);
}
