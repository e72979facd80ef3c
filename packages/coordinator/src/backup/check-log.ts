import {
  createTiledTree,
  decodeBase64,
  encodeBase64,
  leafData,
  leafHash,
  merkleRoot,
  type ReceiptCrypto,
  TILE_SIZE,
  type TreeHead,
  verifyTreeHead,
} from '@plexus/protocol';
import type { OpenedBackup } from '@plexus/storage';
import type { Say } from './backup-report.ts';

/** Receipts after which it is said how far the check is. */
const SAY_EVERY = 10_000;

/**
 * Hashes the log anew from its receipts up to its newest head.
 *
 * @param coordinatorKey raw public key in base64, where it is known
 * @returns what is wrong; empty when nothing is
 */
export async function logProblems(
  backup: OpenedBackup,
  crypto: ReceiptCrypto,
  { coordinatorKey, say }: { readonly coordinatorKey: string | undefined; readonly say: Say },
): Promise<readonly string[]> {
  const head = await backup.read.findTreeHead();
  const wrongReceipt = await firstWrongReceipt(backup, crypto, { headSize: head?.tree_size ?? 0, say });
  if (wrongReceipt !== undefined) return [wrongReceipt];
  return head ? await headProblems(head, backup, { crypto, coordinatorKey }) : [];
}

async function firstWrongReceipt(
  backup: OpenedBackup,
  crypto: ReceiptCrypto,
  { headSize, say }: { readonly headSize: number; readonly say: Say },
): Promise<string | undefined> {
  const tiles = createTileCheck(backup, crypto, headSize);
  let count = 0;
  for (const { payload, signature, custodial, leafHash: stored, leafIndex } of backup.receipts()) {
    const logged = { ...payload, signature, ...(custodial && { custodial: true as const }) };
    const hash = leafHash(crypto, leafData(logged));
    if (!Buffer.from(hash).equals(stored)) return `receipt ${leafIndex} is not what the log has of it`;
    const wrongTile = await tiles.add(hash);
    if (wrongTile !== undefined) return wrongTile;
    if (++count % SAY_EVERY === 0) say(`checking the log, ${count} receipts`);
  }
  return undefined;
}

/** Compares the stored roots of whole tiles, of every level, with those of the hashes that come. */
function createTileCheck({ read }: OpenedBackup, crypto: ReceiptCrypto, headSize: number) {
  const levels: Uint8Array[][] = [];
  const counts: number[] = [];

  async function add(hash: Uint8Array, level = 0): Promise<string | undefined> {
    const tile = (levels[level] ??= []);
    tile.push(hash);
    if (tile.length < TILE_SIZE) return undefined;
    levels[level] = [];
    const root = merkleRoot(crypto, tile);
    const index = counts[level + 1] ?? 0;
    counts[level + 1] = index + 1;
    // Tiles are stored with the first head that covers them.
    if ((index + 1) * TILE_SIZE ** (level + 1) > headSize) return undefined;
    const [stored] = await read.listLogHashes(level + 1, index, index + 1);
    if (!stored || !Buffer.from(root).equals(stored)) return `tile ${index} of level ${level + 1} of the log is wrong`;
    return await add(root, level + 1);
  }
  return { add: (hash: Uint8Array) => add(hash) };
}

async function headProblems(
  head: TreeHead,
  { read }: OpenedBackup,
  { crypto, coordinatorKey }: { readonly crypto: ReceiptCrypto; readonly coordinatorKey: string | undefined },
): Promise<readonly string[]> {
  if (!verifyTreeHead(crypto, head)) return ['the newest tree head is not signed by its own key'];
  if (coordinatorKey !== undefined && head.public_key !== coordinatorKey) {
    return ["the newest tree head is not signed by the coordinator's key beside it"];
  }
  if (head.tree_size > (await read.countLeaves())) return ['the newest tree head is over more receipts than there are'];
  const tree = createTiledTree(crypto, { hashes: (level, from, to) => read.listLogHashes(level, from, to) });
  const root = encodeBase64(await tree.root(head.tree_size));
  const isSame = decodeBase64(head.root_hash) !== undefined && root === head.root_hash;
  return isSame ? [] : ['the newest tree head is not over these receipts'];
}
