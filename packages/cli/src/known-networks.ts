/** HOME/known-networks.json: the networks met so far, as ssh's known_hosts keeps hosts. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, type TreeHead } from '@plexus/protocol';
import { CliError } from './failure.ts';
import { withFileLock } from './file-lock.ts';
import { replaceJsonFile } from './json-file.ts';

export interface KnownNetwork {
  /** Where it was met; a coordinator may be known at several addresses. */
  readonly url: string;
  /** The coordinator's raw public key in standard base64; it gives the receipt log its id. */
  readonly public_key: string;
  /** The newest head of its log that was seen and found right. */
  readonly tree_head?: TreeHead | undefined;
}

/** Beyond this, the network met longest ago is forgotten. */
const MAX_NETWORKS = 1000;

export function knownNetworksPath(home: string): string {
  return join(home, 'known-networks.json');
}

/**
 * All networks, the one met last at the end.
 *
 * @throws {CliError} when the file is not one of these: to take it for an empty one would trust any key anew
 */
export async function readKnownNetworks(home: string): Promise<readonly KnownNetwork[]> {
  const path = knownNetworksPath(home);
  try {
    const { networks } = JSON.parse(await readFile(path, 'utf8')) as { readonly networks: unknown };
    if (Array.isArray(networks) && networks.every(isKnownNetwork)) return networks;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return [];
    throw unusable(path, 'read', error);
  }
  throw unusable(path, 'read');
}

/** Keeps a network, and for every address of its key the newest head of both what is told and what is known. */
export async function rememberNetwork(home: string, network: KnownNetwork): Promise<void> {
  const path = knownNetworksPath(home);
  try {
    await mkdir(home, { recursive: true, mode: 0o700 });
    await withFileLock(path, () => add(home, network));
  } catch (error) {
    throw error instanceof CliError ? error : unusable(path, 'written', error);
  }
}

async function add(home: string, network: KnownNetwork): Promise<void> {
  const { url, public_key } = network;
  const known = await readKnownNetworks(home);
  const tree_head = newestHead([...known, network], public_key);
  const all = [...known.filter((other) => other.url !== url), network];
  const networks = all.map((other) => (other.public_key === public_key ? { ...other, tree_head } : other));
  await replaceJsonFile(knownNetworksPath(home), { networks: networks.slice(-MAX_NETWORKS) });
}

/** The newest head of the log of a key, at whatever address it was seen. */
export function newestHead(networks: readonly KnownNetwork[], publicKey: string): TreeHead | undefined {
  return networks
    .filter((network) => network.public_key === publicKey)
    .map(({ tree_head }) => tree_head)
    .reduce((newest, head) => (head && head.tree_size >= (newest?.tree_size ?? 0) ? head : newest), undefined);
}

function isKnownNetwork(value: unknown): value is KnownNetwork {
  const { url, public_key, tree_head } = (value ?? {}) as Partial<KnownNetwork>;
  if (typeof url !== 'string' || typeof public_key !== 'string') return false;
  // The rest of a head is checked with its signature, each time that it is used.
  return tree_head === undefined || Number.isSafeInteger((tree_head as TreeHead | null)?.tree_size);
}

function unusable(path: string, done: 'read' | 'written', cause?: unknown): CliError {
  const reason = cause instanceof Error ? cause.message : 'it is not a list of known networks';
  return new CliError(`${path} cannot be ${done}: ${reason}`, {
    hint: 'The keys of networks are kept there. Put it right or take it away, or name another folder with --home or PLEXUS_HOME.',
    cause,
  });
}
