/** Items of a page when a caller names no limit; the same figure as in the table of endpoints. */
const DEFAULT_LIMIT = 50;

interface PageQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
}

/** What a query says about the page that is wanted. */
export function pageRequest({ limit = DEFAULT_LIMIT, after }: PageQuery): { limit: number; after?: string } {
  return { limit, ...(after !== undefined && { after }) };
}

/** A page of what was found; a full one names the last item's key, after which the next begins. */
export function toPage<T, V>(
  found: readonly T[],
  limit: number,
  keyOf: (item: T) => string,
  view: (item: T) => V,
): { items: V[]; next: string | null } {
  const last = found.length === limit ? found.at(-1) : undefined;
  return { items: found.map(view), next: last === undefined ? null : keyOf(last) };
}
