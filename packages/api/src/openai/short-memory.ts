export interface ShortMemoryOptions {
  readonly keptMs: number;
  /** Beyond so many the oldest goes. */
  readonly most: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** Things that are kept for a while, oldest first: a list, because it is searched for repetitions only. */
export interface ShortMemory<T> {
  add(thing: T): void;
  /** Takes out the thing that is chosen of those that are alike. */
  take(isAlike: (thing: T) => boolean, choose?: (alike: readonly T[]) => T | undefined): T | undefined;
}

export function createShortMemory<T>({ keptMs, most, now }: ShortMemoryOptions): ShortMemory<T> {
  const entries: { readonly thing: T; readonly until: number }[] = [];

  function forgetOld(): void {
    const time = now();
    const fresh = entries.findIndex(({ until }) => until > time);
    entries.splice(0, fresh === -1 ? entries.length : fresh);
  }

  return {
    add(thing) {
      forgetOld();
      if (entries.length >= most) entries.shift();
      entries.push({ thing, until: now() + keptMs });
    },

    take(isAlike, choose = ([first]) => first) {
      forgetOld();
      const things = entries.map(({ thing }) => thing);
      const chosen = choose(things.filter(isAlike));
      if (chosen !== undefined) entries.splice(things.indexOf(chosen), 1);
      return chosen;
    },
  };
}
