import type { ContainerOffer } from '@plexus/protocol';
import type { Hex } from 'viem';
import { containerHash } from './contract.ts';

/** Chains whose hashes are reckoned: of all containers in every order there would be too many. */
const MAX_CHAINS = 10_000;
const MAX_LENGTH = 3;

/** The containers that a hash on the chain stands for. */
export function createLookup(containers: readonly ContainerOffer[]): ReadonlyMap<Hex, readonly string[]> {
  const found = new Map<Hex, readonly string[]>();
  const ids = containers.map(({ id }) => id);
  let chains: readonly (readonly string[])[] = containers.filter(({ external }) => external).map(({ id }) => [id]);
  for (let length = 1; length <= MAX_LENGTH && found.size < MAX_CHAINS; length++) {
    for (const chain of chains.slice(0, MAX_CHAINS - found.size)) found.set(containerHash(chain), chain);
    chains = chains.flatMap((chain) => ids.filter((id) => !chain.includes(id)).map((id) => [...chain, id]));
  }
  return found;
}
