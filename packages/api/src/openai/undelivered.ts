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

interface Entry extends Asked {
  readonly jobId: Answer;
  readonly until: number;
}

/**
 * Remembers answers for the repetitions of clients that send no Idempotency-Key, so that nothing is charged twice.
 *
 * @param now milliseconds of a clock that never goes back
 */
export function createUndelivered(now = () => performance.now()): Undelivered {
  // Oldest first. Only broken connections and repetitions come here, so that a list is enough.
  const entries: Entry[] = [];

  function forgetOld(): void {
    const time = now();
    const fresh = entries.findIndex(({ until }) => until > time);
    entries.splice(0, fresh === -1 ? entries.length : fresh);
  }

  return {
    remember({ keyId, requestHash }, jobId) {
      forgetOld();
      if (entries.length >= MAX_ANSWERS) entries.shift();
      entries.push({ keyId, requestHash, jobId, until: now() + KEPT_MS });
    },

    take({ keyId, requestHash }) {
      forgetOld();
      const found = entries.findIndex((entry) => entry.keyId === keyId && entry.requestHash === requestHash);
      return found === -1 ? undefined : entries.splice(found, 1)[0]?.jobId;
    },
  };
}
