/** Who waits for which result: for queues whose own waiting is slow, loses results, or is missing. */
import { randomUUID } from 'node:crypto';

export function createReplies() {
  /** @type {Map<string, (result: any) => void>} */
  const waiting = new Map();
  return {
    /** @returns {{ id: string, reply: Promise<any> }} an id for a new task, and its result once it is there */
    expect: () => {
      const id = randomUUID();
      return { id, reply: new Promise((resolve) => waiting.set(id, resolve)) };
    },
    settle: (/** @type {string} */ id, /** @type {any} */ result) => {
      waiting.get(id)?.(result);
      waiting.delete(id);
    },
  };
}
