/**
 * Merkle trees as in RFC 9162, section 2.1: "hash" means 32 bytes of SHA-256. A node of the tree is named by its
 * height over the leaves and its index at that height; it covers the leaves from `index * 2^height` on, up to
 * `2^height` of them, fewer at the right edge. An edge node with a single child is that child.
 */
import type { ReceiptCrypto } from './crypto.ts';

/** Bytes of one hash: SHA-256. */
export const HASH_BYTES = 32;
/** Source: RFC 9162, section 2.1.1: the prefixes that keep leaves and nodes apart. */
const LEAF_PREFIX = 0;
const NODE_PREFIX = 1;

/** One node of a tree, see the head of this file. */
export interface TreeNode {
  readonly height: number;
  readonly index: number;
}

/** What an inclusion proof claims: `leaf` is a leaf hash, `path` runs from the leaf up. */
export interface InclusionClaim {
  readonly leaf: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly path: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** What a consistency proof claims: the first tree is the beginning of the second; both are sizes in leaves. */
export interface ConsistencyClaim {
  readonly first: number;
  readonly second: number;
  readonly firstRoot: Uint8Array;
  readonly secondRoot: Uint8Array;
  readonly path: readonly Uint8Array[];
}

/** Hash of one entry. Source: RFC 9162, section 2.1.1. */
export function leafHash(crypto: ReceiptCrypto, data: Uint8Array): Uint8Array {
  const input = new Uint8Array(data.length + 1);
  input[0] = LEAF_PREFIX;
  input.set(data, 1);
  return crypto.sha256(input);
}

/** Hash over two neighbours. Source: RFC 9162, section 2.1.1. */
export function nodeHash(crypto: ReceiptCrypto, left: Uint8Array, right: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + left.length + right.length);
  input[0] = NODE_PREFIX;
  input.set(left, 1);
  input.set(right, 1 + left.length);
  return crypto.sha256(input);
}

/** Root of the tree without leaves. Source: RFC 9162, section 2.1.1. */
export function emptyRoot(crypto: ReceiptCrypto): Uint8Array {
  return crypto.sha256(new Uint8Array());
}

/** All nodes of a tree by height and index, made with one hash per inner node. */
export function treeLevels(crypto: ReceiptCrypto, leafHashes: readonly Uint8Array[]): (readonly Uint8Array[])[] {
  const levels = [leafHashes];
  for (let below = leafHashes; below.length > 1;) {
    const level: Uint8Array[] = [];
    for (let at = 0; at < below.length; at += 2) {
      const left = hashAt(below, at);
      level.push(at + 1 < below.length ? nodeHash(crypto, left, hashAt(below, at + 1)) : left);
    }
    levels.push(level);
    below = level;
  }
  return levels;
}

/** Root over leaf hashes; all of them are hashed anew. */
export function merkleRoot(crypto: ReceiptCrypto, leafHashes: readonly Uint8Array[]): Uint8Array {
  if (leafHashes.length === 0) return emptyRoot(crypto);
  return hashAt(treeLevels(crypto, leafHashes).at(-1) ?? [], 0);
}

/** The nodes of an inclusion proof, from the leaf up. Source: RFC 9162, section 2.1.3.1. */
export function inclusionNodes(index: number, size: number): TreeNode[] {
  assertWithin(index, size - 1);
  return siblingsOf({ height: 0, index }, size);
}

/** The nodes of a consistency proof, from the leaves up. Source: RFC 9162, section 2.1.4.1. */
export function consistencyNodes(first: number, second: number): TreeNode[] {
  assertWithin(first, second);
  if (first === 0 || first === second) return [];
  const start = lastWhole(first);
  const siblings = siblingsOf(start, second);
  return start.index === 0 ? siblings : [start, ...siblings];
}

/**
 * Proof that a leaf is in the tree over these leaf hashes.
 *
 * @throws {RangeError} when there is no such leaf
 */
export function inclusionPath(
  crypto: ReceiptCrypto,
  leafHashes: readonly Uint8Array[],
  index: number,
): readonly Uint8Array[] {
  const nodes = inclusionNodes(index, leafHashes.length);
  return nodesIn(treeLevels(crypto, leafHashes), nodes);
}

/**
 * Proof that the tree over the first leaves is the beginning of the tree over all of them.
 *
 * @throws {RangeError} when there are fewer leaves than `first`
 */
export function consistencyPath(
  crypto: ReceiptCrypto,
  leafHashes: readonly Uint8Array[],
  first: number,
): readonly Uint8Array[] {
  const nodes = consistencyNodes(first, leafHashes.length);
  return nodesIn(treeLevels(crypto, leafHashes), nodes);
}

/**
 * The root that a proof leads to. The size is not part of it: only a signed tree head binds a size to a root.
 *
 * @returns undefined when the proof does not have exactly the hashes that its index and size need
 * @see RFC 9162, section 2.1.3.2
 */
function rootOfPath(crypto: ReceiptCrypto, claim: Omit<InclusionClaim, 'root'>): Uint8Array | undefined {
  const { index, size, path } = claim;
  if (!isWithin(index, size - 1) || !claim.path.every(isHash) || !isHash(claim.leaf)) return undefined;
  const nodes = siblingsOf({ height: 0, index }, size);
  if (nodes.length !== path.length) return undefined;
  return path.reduce(
    (hash, sibling, at) => (isLeft(nodes[at]) ? nodeHash(crypto, sibling, hash) : nodeHash(crypto, hash, sibling)),
    claim.leaf,
  );
}

/** True when the path leads from the leaf to the root; false for anything else, whatever the values are. */
export function verifyInclusion(crypto: ReceiptCrypto, claim: InclusionClaim): boolean {
  const root = rootOfPath(crypto, claim);
  return root !== undefined && sameBytes(root, claim.root);
}

/**
 * True when the path proves that nothing of the first tree was changed or removed in the second.
 * Every tree continues the empty one, by an empty path.
 *
 * @see RFC 9162, section 2.1.4.2
 */
export function verifyConsistency(crypto: ReceiptCrypto, claim: ConsistencyClaim): boolean {
  const { first, second, firstRoot, secondRoot, path } = claim;
  if (!isWithin(first, second) || ![...path, firstRoot, secondRoot].every(isHash)) return false;
  if (first === 0) return path.length === 0 && sameBytes(firstRoot, emptyRoot(crypto));
  if (first === second) return path.length === 0 && sameBytes(firstRoot, secondRoot);
  const start = lastWhole(first);
  const nodes = siblingsOf(start, second);
  const [shared, siblings] = start.index === 0 ? [firstRoot, path] : [path[0], path.slice(1)];
  if (shared === undefined || siblings.length !== nodes.length) return false;
  let [older, newer] = [shared, shared];
  siblings.forEach((sibling, at) => {
    const left = isLeft(nodes[at]);
    // The start node is the right edge of the first tree: what stands right of it came later.
    if (left) older = nodeHash(crypto, sibling, older);
    newer = left ? nodeHash(crypto, sibling, newer) : nodeHash(crypto, newer, sibling);
  });
  return sameBytes(older, firstRoot) && sameBytes(newer, secondRoot);
}

/** True when both hold the same bytes; not in constant time, for public values only. */
function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

/** The siblings that lead from a node to the root, from below; an edge node without a sibling adds none. */
function siblingsOf(node: TreeNode, size: number): TreeNode[] {
  const siblings: TreeNode[] = [];
  let { height, index } = node;
  for (let width = Math.ceil(size / 2 ** height); width > 1; width = Math.ceil(width / 2)) {
    const sibling = index % 2 === 1 ? index - 1 : index + 1;
    if (sibling < width) siblings.push({ height, index: sibling });
    index = Math.floor(index / 2);
    height += 1;
  }
  return siblings;
}

/** The largest whole subtree that ends where the first `size` leaves end. */
function lastWhole(size: number): TreeNode {
  let height = 0;
  let width = size;
  for (; width % 2 === 0; width /= 2) height += 1;
  return { height, index: width - 1 };
}

/** A sibling with an even index stands left of the node that it is combined with. */
function isLeft(sibling: TreeNode | undefined): boolean {
  return sibling !== undefined && sibling.index % 2 === 0;
}

function isHash(value: Uint8Array): boolean {
  return value.length === HASH_BYTES;
}

function isWithin(value: number, limit: number): boolean {
  return Number.isSafeInteger(value) && Number.isSafeInteger(limit) && value >= 0 && value <= limit;
}

function assertWithin(value: number, limit: number): void {
  if (!isWithin(value, limit)) throw new RangeError(`Not a whole number from 0 to ${limit}: ${value}`);
}

function nodesIn(levels: readonly (readonly Uint8Array[])[], nodes: readonly TreeNode[]): Uint8Array[] {
  return nodes.map(({ height, index }) => hashAt(levels[height] ?? [], index));
}

function hashAt(level: readonly Uint8Array[], index: number): Uint8Array {
  const hash = level[index];
  if (!hash) throw new RangeError(`The tree has no node ${index} at this height`);
  return hash;
}
