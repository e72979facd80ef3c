import type { ContainerOffer } from './site.ts';

/** Of all containers in every order there would be too many. */
const MAX_CHAINS = 10_000;
const MAX_LENGTH = 3;

/** The orders in which a job may run containers, whose hashes a chain knows them by: short ones first. */
export function containerChains(
  containers: readonly Pick<ContainerOffer, 'id' | 'external'>[],
): readonly (readonly string[])[] {
  const found: (readonly string[])[] = [];
  const ids = containers.map(({ id }) => id);
  let chains: readonly (readonly string[])[] = containers.filter(({ external }) => external).map(({ id }) => [id]);
  for (let length = 1; length <= MAX_LENGTH && found.length < MAX_CHAINS; length++) {
    found.push(...chains.slice(0, MAX_CHAINS - found.length));
    chains = chains.flatMap((chain) => ids.filter((id) => !chain.includes(id)).map((id) => [...chain, id]));
  }
  return found;
}
