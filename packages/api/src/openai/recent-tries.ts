import { createShortMemory } from './short-memory.ts';

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
}

/** What became of the tries of the last seconds whose answer was sent: only its client knows whether it came through. */
export interface RecentTries {
  remember(tried: Try, jobId: string | undefined): void;
  /** Takes out the job of the try that another one repeats; of several alike those that were refused come first. */
  take(repeated: Try): string | undefined;
}

/** @param now milliseconds of a clock that never goes back */
export function createRecentTries(now = () => performance.now()): RecentTries {
  const memory = createShortMemory<Entry>({ keptMs: KEPT_MS, most: MAX_TRIES, now });
  return {
    remember({ keyId, requestHash, number }, jobId) {
      memory.add({ keyId, requestHash, number, jobId });
    },

    take({ keyId, requestHash, number }) {
      const isAlike = (entry: Entry): boolean =>
        entry.number === number && entry.keyId === keyId && entry.requestHash === requestHash;
      return memory.take(isAlike, refusedFirst)?.jobId;
    },
  };
}

function refusedFirst(alike: readonly Entry[]): Entry | undefined {
  return alike.find(({ jobId }) => jobId === undefined) ?? alike[0];
}
