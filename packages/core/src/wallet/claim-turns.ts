import { claimId } from '../books/draft.ts';
import type { OpenClaim } from './wallet-commands.ts';

/** Commands with the same claim one after another, so that a duplicate waits for the first one's answer. */
export interface ClaimTurns {
  take<T>(claim: OpenClaim | undefined, run: () => Promise<T>): Promise<T>;
}

export function createClaimTurns(): ClaimTurns {
  /** The last of each claim; each is forgotten when it has ended. */
  const last = new Map<string, Promise<unknown>>();
  return {
    async take(claim, run) {
      if (!claim) return await run();
      const id = claimId(claim.accountId, claim.key);
      const before = last.get(id) ?? Promise.resolve();
      // Whatever became of the one before is told to whoever asked for that.
      const mine = before.then(run, run);
      last.set(id, mine);
      try {
        return await mine;
      } finally {
        if (last.get(id) === mine) last.delete(id);
      }
    },
  };
}
