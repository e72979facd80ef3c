/** Runs what is given for one name in the order in which it came, each when the one before has ended, however it did. */
export type OneByOne = <T>(name: string, run: () => Promise<T>) => Promise<T>;

export function createOneByOne(): OneByOne {
  /** The last of each name; each is forgotten when it has ended. */
  const last = new Map<string, Promise<unknown>>();
  return async (name, run) => {
    const before = last.get(name) ?? Promise.resolve();
    const mine = before.then(run, run);
    last.set(name, mine);
    try {
      return await mine;
    } finally {
      if (last.get(name) === mine) last.delete(name);
    }
  };
}
