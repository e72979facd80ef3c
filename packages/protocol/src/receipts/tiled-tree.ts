import { type CompactRange, compactRange, rangeRoot } from './compact-range.ts';
import type { ReceiptCrypto } from './crypto.ts';
import { consistencyNodes, inclusionNodes, nodeHash, type TreeNode } from './merkle.ts';

/** Hashes of one tile, and leaves that a tile root of level 1 covers. */
export const TILE_SIZE = 256;

/** What a log stores: leaf hashes at level 0; at level n the root over each complete tile of level n-1. */
export interface TileReader {
  /** The hashes from one index up to another, which is not included: at most `TILE_SIZE` of them. */
  hashes(level: number, from: number, to: number): Promise<readonly Uint8Array[]>;
}

/**
 * Roots and proofs of a log of any length, each by at most three reads for every 256-fold of its size.
 * Every size up to the stored one can be asked; a read that comes back short rejects with a RangeError.
 */
export interface TiledTree {
  root(size: number): Promise<Uint8Array>;
  /** Proof that the leaf is in the log's first `size` leaves. */
  inclusion(index: number, size: number): Promise<Uint8Array[]>;
  /** Proof that the log's first `first` leaves are the beginning of its first `second` ones. */
  consistency(first: number, second: number): Promise<Uint8Array[]>;
  /** What a sequencer needs to go on appending after it was restarted. */
  range(size: number): Promise<CompactRange>;
}

type Lookup = (level: number, index: number) => Uint8Array;

/** Reads proofs from a log's tiles; equal to the plain functions over all leaf hashes. */
export function createTiledTree(crypto: ReceiptCrypto, reader: TileReader): TiledTree {
  async function hashesOf(nodes: readonly TreeNode[], leaves: readonly number[], size: number): Promise<Uint8Array[]> {
    const lookup = await readTiles(reader, leaves, size);
    return nodes.map(({ height, index }) => {
      const width = 2 ** height;
      return subtreeRoot(crypto, lookup, index * width, Math.min((index + 1) * width, size));
    });
  }

  async function range(size: number): Promise<CompactRange> {
    return compactRange(size, await hashesOf(wholeSubtrees(size), [], size));
  }

  return {
    range,
    async root(size) {
      return rangeRoot(crypto, await range(size));
    },
    async inclusion(index, size) {
      return hashesOf(inclusionNodes(index, size), [index], size);
    },
    async consistency(first, second) {
      const nodes = consistencyNodes(first, second);
      return nodes.length === 0 ? [] : hashesOf(nodes, [first - 1], second);
    },
  };
}

/** Reads, at each level, the tile over each leaf and the last tile: whatever a proof for these leaves needs. */
async function readTiles(reader: TileReader, leaves: readonly number[], size: number): Promise<Lookup> {
  const tiles = new Map<string, readonly Uint8Array[]>();
  const reads: Promise<void>[] = [];
  const read = async (level: number, tile: number, to: number): Promise<void> => {
    tiles.set(`${level}/${tile}`, await readWhole(reader, level, [tile * TILE_SIZE, to]));
  };
  for (let level = 0, stored = size; stored > 0; level++, stored = Math.floor(stored / TILE_SIZE)) {
    const wanted = [...leaves, size].map((leaf) => Math.floor(leaf / TILE_SIZE ** (level + 1)));
    for (const tile of new Set(wanted)) {
      const to = Math.min((tile + 1) * TILE_SIZE, stored);
      if (tile * TILE_SIZE < to) reads.push(read(level, tile, to));
    }
  }
  await Promise.all(reads);
  return (level, index) => {
    const hash = tiles.get(`${level}/${Math.floor(index / TILE_SIZE)}`)?.[index % TILE_SIZE];
    if (!hash) throw new RangeError(`The log has no hash ${index} at level ${level}`);
    return hash;
  };
}

async function readWhole(
  reader: TileReader,
  level: number,
  [from, to]: readonly [number, number],
): Promise<readonly Uint8Array[]> {
  const hashes = await reader.hashes(level, from, to);
  if (hashes.length === to - from) return hashes;
  throw new RangeError(`The log gave ${hashes.length} hashes of level ${level} for ${from} to ${to}`);
}

/** Root over some leaves, as RFC 9162, section 2.1.1 splits them, but ending at the stored hashes. */
function subtreeRoot(crypto: ReceiptCrypto, lookup: Lookup, from: number, to: number): Uint8Array {
  const width = to - from;
  let level = 0;
  let covered = 1;
  for (; covered * TILE_SIZE <= width; covered *= TILE_SIZE) level += 1;
  if (covered === width) return lookup(level, from / covered);
  let half = covered;
  while (half * 2 < width) half *= 2;
  const middle = from + half;
  return nodeHash(crypto, subtreeRoot(crypto, lookup, from, middle), subtreeRoot(crypto, lookup, middle, to));
}

/** The whole subtrees of a log, largest first: one for each binary one of its size. */
function wholeSubtrees(size: number): TreeNode[] {
  const nodes: TreeNode[] = [];
  for (let height = Math.ceil(Math.log2(size + 1)); height >= 0; height--) {
    const count = Math.floor(size / 2 ** height);
    if (count % 2 === 1) nodes.push({ height, index: count - 1 });
  }
  return nodes;
}
