import { containerChains, type ContainerOffer } from '@plexus/protocol';
import type { Hex } from 'viem';
import { containerHash } from './contract.ts';

/** The containers that a hash on the chain stands for. */
export function createLookup(containers: readonly ContainerOffer[]): ReadonlyMap<Hex, readonly string[]> {
  return new Map(containerChains(containers).map((chain) => [containerHash(chain), chain]));
}
