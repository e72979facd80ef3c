/** So much of something, in which one takes its share for a while; what does not fit beside others waits. */
export interface Room {
  /**
   * Waits in the order of coming; how many wait is the caller's bound: every one of them holds a task under lease.
   * Somebody who is alone fits, whatever the size.
   *
   * @returns what must be called when the share is free again
   * @throws the signal's reason when it ends before
   */
  enter(share: number, signal: AbortSignal): Promise<() => void>;
}

interface Waiting {
  readonly share: number;
  readonly enter: () => void;
}

/** @param size of it now; it may change */
export function createRoom(size: () => number): Room {
  let taken = 0;
  const waiting = new Set<Waiting>();

  function fits(share: number): boolean {
    return taken === 0 || taken + share <= size();
  }

  /** What is left twice is left once. */
  function take(share: number): () => void {
    taken += share;
    let isLeft = false;
    return () => {
      if (isLeft) return;
      isLeft = true;
      taken -= share;
      admit();
    };
  }

  function admit(): void {
    for (const next of waiting) {
      if (!fits(next.share)) return;
      waiting.delete(next);
      next.enter();
    }
  }

  return {
    async enter(share, signal) {
      signal.throwIfAborted();
      if (waiting.size === 0 && fits(share)) return take(share);
      return await new Promise((resolve, reject) => {
        const turn: Waiting = {
          share,
          enter() {
            signal.removeEventListener('abort', giveUp);
            resolve(take(share));
          },
        };
        const giveUp = (): void => {
          waiting.delete(turn);
          reject(signal.reason as Error);
          // It may have kept back smaller ones behind it.
          admit();
        };
        waiting.add(turn);
        signal.addEventListener('abort', giveUp, { once: true });
      });
    },
  };
}
