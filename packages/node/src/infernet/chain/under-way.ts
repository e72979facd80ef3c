/** Answers in the making: none twice, and so many at once. */
export interface UnderWay {
  has(id: number): boolean;
  /** How many more there may be. */
  room(): number;
  /** @param work never rejects */
  begin(id: number, work: () => Promise<void>): void;
  /** When all that were begun have ended. */
  ended(): Promise<void>;
}

export function createUnderWay(most: number): UnderWay {
  const works = new Map<number, Promise<void>>();
  return {
    has: (id) => works.has(id),
    room: () => most - works.size,
    begin(id, work) {
      const ended = work().finally(() => works.delete(id));
      works.set(id, ended);
    },
    async ended() {
      await Promise.all(works.values());
    },
  };
}
