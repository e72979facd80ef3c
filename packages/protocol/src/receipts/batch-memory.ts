import { decodeBase64, encodeBase64 } from './base64.ts';
import type { ReceiptCrypto } from './crypto.ts';
import { HASH_BYTES, inclusionNodes, nodeHash, type TreeNode } from './merkle.ts';

/** Where a payload says it stands in its batch; the path in standard base64. */
export interface BatchPosition {
  readonly index: number;
  readonly size: number;
  readonly path: readonly string[];
}

/** A batch has fewer nodes than this on each level of its tree. */
const LEVEL_WIDTH = 2 ** 20;

/**
 * The nodes of one batch's tree that are proven to lead to its signed root. A proof ends where it meets them, so
 * that a batch costs about one hash a payload beyond its leaf hash, not one for each level of the tree.
 */
export class BatchMemory {
  private readonly proven = new Map<number, string>();
  private readonly crypto: ReceiptCrypto;

  constructor(crypto: ReceiptCrypto) {
    this.crypto = crypto;
  }

  /**
   * Whether the leaf stands in the tree at its position, by exactly that path.
   *
   * @param isSigned asked for the root, in base64, when the proof does not meet what is proven before
   */
  proves(leaf: Uint8Array, { index, size, path }: BatchPosition, isSigned: (root: string) => boolean): boolean {
    const siblings = inclusionNodes(index, size);
    if (siblings.length !== path.length) return false;
    const walked = new Map<number, string>();
    let [node, hash]: [TreeNode, Uint8Array] = [{ height: 0, index }, leaf];
    for (let at = 0; ; at++) {
      const text = encodeBase64(hash);
      walked.set(keyOf(node), text);
      const isMet = this.proven.get(keyOf(node)) === text && this.knows(siblings.slice(at), path.slice(at));
      if (isMet || at === path.length) return (isMet || isSigned(text)) && this.learn(walked);
      const [sibling, siblingText = ''] = [siblings[at], path[at]];
      const above = sibling && this.combine(hash, sibling, siblingText);
      if (!sibling || !above) return false;
      walked.set(keyOf(sibling), siblingText);
      [hash, node] = [above, { height: sibling.height + 1, index: Math.floor(sibling.index / 2) }];
    }
  }

  /** The hash above a node and its sibling; a sibling with an even index stands left. */
  private combine(hash: Uint8Array, { index }: TreeNode, siblingText: string): Uint8Array | undefined {
    const sibling = decodeBase64(siblingText);
    if (sibling?.length !== HASH_BYTES) return undefined;
    return index % 2 === 0 ? nodeHash(this.crypto, sibling, hash) : nodeHash(this.crypto, hash, sibling);
  }

  private knows(siblings: readonly TreeNode[], path: readonly string[]): boolean {
    return siblings.every((sibling, at) => this.proven.get(keyOf(sibling)) === path[at]);
  }

  private learn(walked: ReadonlyMap<number, string>): true {
    for (const [key, text] of walked) this.proven.set(key, text);
    return true;
  }
}

function keyOf({ height, index }: TreeNode): number {
  return height * LEVEL_WIDTH + index;
}
