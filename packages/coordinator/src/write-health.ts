/** Without another write it is tried again after this long whether the disk takes one, by what comes then. */
const DOUBT_MS = 10_000;

/** Whether the disk takes what is written to the books. */
export interface WriteHealth {
  /** Told of each batch why nothing of it was written, or that it was. */
  readonly note: (failure: Error | undefined) => void;
  /** Why the books cannot be written, for people; nothing while they can, as far as is known. */
  readonly problem: () => string | undefined;
}

/** @param now milliseconds of a clock that nobody sets */
export function createWriteHealth(now: () => number): WriteHealth {
  let failedAt: number | undefined;
  return {
    note(failure) {
      failedAt = failure && now();
    },
    problem() {
      if (failedAt === undefined || now() - failedAt >= DOUBT_MS) return undefined;
      return 'the books cannot be written: the disk is full or fails, or another program has locked them';
    },
  };
}
