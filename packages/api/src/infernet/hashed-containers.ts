/** Containers that are named by the hash that a chain knows them by, as the original's own client does. */
import { containerChains, type InfernetSite } from '@plexus/protocol';

type Containers = InfernetSite['containers'];

/** Lists are the same ones for as long as a node is connected. */
const known = new WeakMap<Containers, ReadonlyMap<string, readonly string[]>>();

/** The hash without `0x` in lower case; nothing where containers are named by their ids. */
export function hashIn(containers: string | readonly string[]): string | undefined {
  if (typeof containers !== 'string') return undefined;
  return /^(?:0x)?([0-9a-fA-F]{64})$/.exec(containers)?.[1]?.toLowerCase();
}

/** The containers of a node that a hash stands for; nothing where it has no such ones. */
export async function containersBehind(hash: string, containers: Containers): Promise<readonly string[] | undefined> {
  const hashes = known.get(containers) ?? (await hashesOf(containers));
  known.set(containers, hashes);
  return hashes.get(hash);
}

async function hashesOf(containers: Containers): Promise<ReadonlyMap<string, readonly string[]>> {
  const { encodeAbiParameters, keccak256 } = await import('viem');
  const hashOf = (ids: readonly string[]) => keccak256(encodeAbiParameters([{ type: 'string' }], [ids.join(',')]));
  return new Map(containerChains(containers).map((ids) => [hashOf(ids).slice(2), ids]));
}
