/** Lets so many pass at once; the others wait in the order in which they came. */
export interface Turnstile {
  /**
   * @returns what must be called when the work is over
   * @throws the signal's reason when it ends before
   */
  enter(signal: AbortSignal): Promise<() => void>;
}

/** How many may wait is the caller's bound: every one of them holds a task under lease. */
export function createTurnstile(places: number): Turnstile {
  let free = places;
  const waiting = new Set<() => void>();

  function leave(): void {
    const [next] = waiting;
    if (next) next();
    else free += 1;
  }

  /** A place that is left twice is left once. */
  function place(): () => void {
    let isLeft = false;
    return () => {
      if (!isLeft) leave();
      isLeft = true;
    };
  }

  return {
    async enter(signal) {
      signal.throwIfAborted();
      if (free > 0) {
        free -= 1;
        return place();
      }
      await new Promise<void>((resolve, reject) => {
        const enter = (): void => {
          waiting.delete(enter);
          signal.removeEventListener('abort', give);
          resolve();
        };
        const give = (): void => {
          waiting.delete(enter);
          reject(signal.reason as Error);
        };
        waiting.add(enter);
        signal.addEventListener('abort', give, { once: true });
      });
      return place();
    },
  };
}
