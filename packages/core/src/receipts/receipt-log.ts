import {
  createTiledTree,
  encodeBase64,
  merkleRoot,
  type ReceiptCrypto,
  type Signer,
  signTreeHead,
  TILE_SIZE,
  type TileReader,
  type TreeHead,
} from '@plexus/protocol';
import type { Books } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import type { LogTile } from './stored-receipt.ts';

export interface ReceiptLogDeps {
  readonly books: Books;
  readonly crypto: ReceiptCrypto;
  /** The coordinator's key; it gives the log its id. */
  readonly signer: Signer;
  /** By default the key's; another one of a log that was begun anew. */
  readonly logId?: string;
  readonly clock: () => Date;
}

/** The append-only Merkle log over receipts: leaves are numbered by the books, heads are signed here. */
export interface ReceiptLog {
  /** The newest head; signs a new one first when leaves have come since. */
  head(): Promise<TreeHead>;
  /** @throws {DomainError} TREE_HEAD_NOT_FOUND: no head was signed over that many leaves */
  headOf(size: number): Promise<TreeHead>;
  /** Path in standard base64. */
  inclusion(leafIndex: number, size: number): Promise<string[]>;
  /** Path in standard base64. */
  consistency(first: number, second: number): Promise<string[]>;
}

export function createReceiptLog({ books, crypto, signer, logId, clock }: ReceiptLogDeps): ReceiptLog {
  const stored: TileReader = { hashes: (level, from, to) => books.read.listLogHashes(level, from, to) };
  const tree = createTiledTree(crypto, stored);
  let signing: Promise<TreeHead> | undefined;

  async function extend(newest: TreeHead | undefined, size: number): Promise<TreeHead> {
    const tiles = await completeTiles(crypto, stored, newest?.tree_size ?? 0, size);
    const root = await createTiledTree(crypto, withTiles(stored, tiles)).root(size);
    const timestamp = clock().toISOString();
    const head = signTreeHead(signer, { tree_size: size, root_hash: encodeBase64(root), timestamp }, logId);
    await books.commit({ type: 'appendTreeHead', head, tiles });
    // Another writer may have signed over as many leaves: the first head of a size is the one that everybody is given.
    return (await books.read.findTreeHead(size)) ?? head;
  }

  async function newestHead(): Promise<TreeHead> {
    const newest = await books.read.findTreeHead();
    const size = await books.read.countLeaves();
    return newest?.tree_size === size ? newest : await extend(newest, size);
  }

  return {
    async head() {
      signing ??= newestHead().finally(() => (signing = undefined));
      return await signing;
    },

    async headOf(size) {
      const head = await books.read.findTreeHead(size);
      if (!head) throw new DomainError('TREE_HEAD_NOT_FOUND', `No tree head was signed over ${size} leaves`, { size });
      return head;
    },

    inclusion: async (leafIndex, size) => (await tree.inclusion(leafIndex, size)).map(encodeBase64),
    consistency: async (first, second) => (await tree.consistency(first, second)).map(encodeBase64),
  };
}

/** Roots of the tiles, at every level, that became complete between two sizes. */
async function completeTiles(
  crypto: ReceiptCrypto,
  stored: TileReader,
  before: number,
  size: number,
): Promise<LogTile[]> {
  const tiles: LogTile[] = [];
  const reader = withTiles(stored, tiles);
  for (let level = 1, width = TILE_SIZE; width <= size; level++, width *= TILE_SIZE) {
    for (let index = Math.floor(before / width); index < Math.floor(size / width); index++) {
      const hashes = await reader.hashes(level - 1, index * TILE_SIZE, (index + 1) * TILE_SIZE);
      tiles.push({ level, index, hash: merkleRoot(crypto, hashes) });
    }
  }
  return tiles;
}

/** The stored tiles followed by those that are about to be stored. */
function withTiles(stored: TileReader, tiles: readonly LogTile[]): TileReader {
  return {
    async hashes(level, from, to) {
      const fresh = tiles.filter((tile) => tile.level === level && tile.index >= from && tile.index < to);
      const firstFresh = fresh[0]?.index ?? to;
      const old = firstFresh > from ? await stored.hashes(level, from, firstFresh) : [];
      return [...old, ...fresh.map((tile) => tile.hash)];
    },
  };
}
