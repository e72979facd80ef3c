/** Something that goes on by itself until it is closed. */
interface Part {
  close(): unknown;
}

/** What of a program goes on by itself: closed together when it stops, and when another part of it does not start. */
export interface Parts {
  add<T extends Part>(part: T): T;
  /** Waits for all of them, whatever comes of one. @throws what the first of them was rejected with */
  close(): Promise<void>;
}

/** @param last what the others need, closed after them */
export function createParts(last: { close(): Promise<void> }): Parts {
  const parts: Part[] = [];
  let closing: Promise<void> | undefined;

  async function closeAll(): Promise<void> {
    const works = parts.map(async (part) => part.close());
    await Promise.allSettled(works);
    await Promise.all(works);
  }

  return {
    add(part) {
      parts.push(part);
      return part;
    },
    close: () => (closing ??= closeAll().finally(() => last.close())),
  };
}
