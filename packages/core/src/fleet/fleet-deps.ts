import type { Idempotency } from '../accounts/account-service.ts';
import type { Caller } from '../accounts/caller.ts';
import type { Books } from '../books/books.ts';
import type { Claim, Outcome } from '../books/commands.ts';
import type { SeriesPoint } from './series-chunk.ts';
import type { WorkerState } from './worker-state.ts';

/** What the services of the fleet need. */
export interface FleetDeps {
  readonly books: Books;
  readonly clock: () => Date;
  /** A TON address in raw form, `0:` and 64 hex digits; undefined where the text is none. */
  readonly rawAddress: (text: string) => string | undefined;
  readonly live: LiveWorkers;
}

/** What the collector knows that is not in the books yet. */
export interface LiveWorkers {
  find(workerId: number): WorkerState | undefined;
  /** In order. */
  points(workerId: number): readonly SeriesPoint[];
  /** NanoTON that workers have earned beyond what the books know, by participant. */
  unkeptRevenue(): ReadonlyMap<number, bigint>;
  /** Puts all of it into the books. */
  keep(): Promise<void>;
  /** Told of a worker that is new or has changed, so that it is asked at once, or no more. */
  changed(workerId: number): void;
}

/** The claim of a command under an Idempotency-Key; the books fill in what it answered. */
export function claimOf({ accountId }: Caller, idempotency: Idempotency | undefined): { readonly claim?: Claim } {
  return idempotency ? { claim: { ...idempotency, accountId, answer: '' } } : {};
}

/** The number of what was added now, or by the first command with the same claim. */
export function numberOf({ fleetId, replayed }: Outcome): number {
  return fleetId ?? Number(replayed);
}
