/** A route as Fastify writes it: `:name` in a path is one segment, a `*` at the end is anything. */
export interface KnownRoute {
  readonly url: string;
  readonly method: string | readonly string[];
}

/** Which methods a listener's paths have, so that a wrong one can be told from a wrong path. */
export class KnownPaths {
  readonly #paths = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();

  add({ url, method }: KnownRoute): void {
    const path = this.#paths.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
    for (const name of [method].flat()) path.methods.add(name);
    this.#paths.set(url, path);
  }

  /** What the `Allow` header names; nothing where there is no such path. */
  methodsAt(url: string): readonly string[] {
    const [path = ''] = url.split('?');
    const found = [...this.#paths.values()].filter(({ pattern }) => pattern.test(path));
    return [...new Set(found.flatMap(({ methods }) => [...methods]))].toSorted();
  }
}

function patternOf(url: string): RegExp {
  const source = url
    .replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replace(/:\w+/g, '[^/]+')
    .replace('*', '.*');
  return new RegExp(`^${source}$`);
}
