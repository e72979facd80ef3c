import { createShortMemory } from './short-memory.ts';

/** How long an answer waits for its client. Source: EXPECTATIONS, no. 3; the official client gives up sooner. */
const KEPT_MS = 10 * 60_000;
const MAX_ANSWERS = 1000;

/** A key that asked for something. */
interface Asked {
  readonly keyId: string;
  /** SHA-256 of what was asked for. */
  readonly requestHash: string;
}

/** The job that answers, once it has ended; nothing when it has no answer. */
type Answer = Promise<string | undefined>;

/** Answers that were made, and charged, but did not reach their client. */
export interface Undelivered {
  remember(asked: Asked, jobId: Answer): void;
  /** Takes an answer out: it is given once. */
  take(asked: Asked): Answer | undefined;
}

/**
 * Remembers answers for the repetitions of clients that send no Idempotency-Key, so that nothing is charged twice.
 *
 * @param now milliseconds of a clock that never goes back
 */
export function createUndelivered(now = () => performance.now()): Undelivered {
  const memory = createShortMemory<Asked & { readonly jobId: Answer }>({ keptMs: KEPT_MS, most: MAX_ANSWERS, now });
  return {
    remember({ keyId, requestHash }, jobId) {
      memory.add({ keyId, requestHash, jobId });
    },

    take({ keyId, requestHash }) {
      return memory.take((entry) => entry.keyId === keyId && entry.requestHash === requestHash)?.jobId;
    },
  };
}
