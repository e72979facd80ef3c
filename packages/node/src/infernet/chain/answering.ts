import type { SignedSubscription } from '@plexus/protocol';
import type { Hex } from 'viem';

/** How often an answer is tried before it is given up. */
export const MAX_TRIES = 3;

/** Runs containers for a subscription and gives what the last one answered. */
export type RunJob = (
  job: {
    readonly containers: readonly string[];
    readonly owner: string;
    readonly signal: AbortSignal;
  } & (
    | { /** What the chain has for them. */ readonly input: Hex }
    | { readonly signed: SignedSubscription; readonly data: unknown }
  ),
) => Promise<unknown>;
