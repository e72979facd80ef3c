import type { BooksReader, Job, Leaf, LogTile, StoredReceipt } from '@plexus/core';
import type { TreeHead } from '@plexus/protocol';
import { newestFirst } from './paging.ts';

/** The log of receipts, and the jobs that they are of. */
export interface Log {
  readonly jobs: Map<string, Job>;
  readonly leaves: Leaf[];
  readonly tiles: Map<string, LogTile>;
  readonly treeHeads: Map<number, TreeHead>;
}

export function logReads(
  shelf: Log,
): Pick<
  BooksReader,
  'findReceipt' | 'listReceipts' | 'countReceipts' | 'countLeaves' | 'listLogHashes' | 'findTreeHead'
> {
  const ownOf = (nodeId: string) => shelf.leaves.filter(({ receipt }) => receipt.payload.miner_id === nodeId);
  return {
    async findReceipt(jobId) {
      const leaf = shelf.leaves[shelf.jobs.get(jobId)?.receiptIndex ?? -1];
      return leaf && receiptOf(leaf);
    },
    async listReceipts(nodeId, page) {
      return newestFirst(ownOf(nodeId), page, ({ leafIndex }) => leafIndex).map(receiptOf);
    },
    countReceipts: async (nodeId) => ownOf(nodeId).length,
    countLeaves: async () => shelf.leaves.length,
    async listLogHashes(level, from, to) {
      if (level === 0) return shelf.leaves.slice(from, to).map(({ receipt }) => receipt.leafHash);
      const tiles = [...shelf.tiles.values()].filter((tile) => tile.level === level);
      const wanted = tiles.filter(({ index }) => index >= from && index < to);
      return wanted.toSorted((a, b) => a.index - b.index).map(({ hash }) => hash);
    },
    async findTreeHead(size) {
      return shelf.treeHeads.get(size ?? Math.max(...shelf.treeHeads.keys()));
    },
  };
}

function receiptOf({ receipt, leafIndex }: Leaf): StoredReceipt & { readonly leafIndex: number } {
  const { texts: _texts, ...kept } = receipt;
  return { ...kept, leafIndex };
}
