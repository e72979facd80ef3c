/** The official clients repeat a request 8 s after its answer at the latest. Source: openai-node, `maxRetryDelay`. */
const KEPT_MS = 15_000;
const MAX_TRIES = 1000;

/** One of the tries of a request, of which a client counts the first as 0. */
interface Try {
  readonly keyId: string;
  /** SHA-256 of what was asked for. */
  readonly requestHash: string;
  readonly number: number;
}

interface Entry extends Try {
  /** Nothing when the try was refused. */
  readonly jobId: string | undefined;
  readonly until: number;
}

/** What became of the tries of the last seconds whose answer was sent: only its client knows whether it came through. */
export interface RecentTries {
  remember(tried: Try, jobId: string | undefined): void;
  /** Takes out the job of the try that another one repeats; of several alike those that were refused come first. */
  take(repeated: Try): string | undefined;
}

/** @param now milliseconds of a clock that never goes back */
export function createRecentTries(now = () => performance.now()): RecentTries {
  // Oldest first; it is only searched for repetitions.
  const entries: Entry[] = [];

  function forgetOld(): void {
    const time = now();
    const fresh = entries.findIndex(({ until }) => until > time);
    entries.splice(0, fresh === -1 ? entries.length : fresh);
  }

  return {
    remember({ keyId, requestHash, number }, jobId) {
      forgetOld();
      if (entries.length >= MAX_TRIES) entries.shift();
      entries.push({ keyId, requestHash, number, jobId, until: now() + KEPT_MS });
    },

    take({ keyId, requestHash, number }) {
      forgetOld();
      const alike = entries.filter(
        (entry) => entry.number === number && entry.keyId === keyId && entry.requestHash === requestHash,
      );
      const found = alike.find(({ jobId }) => jobId === undefined) ?? alike[0];
      if (found) entries.splice(entries.indexOf(found), 1);
      return found?.jobId;
    },
  };
}
