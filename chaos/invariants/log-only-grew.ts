import { createHash } from 'node:crypto';
import type { TreeHead } from '@plexus/protocol';
import type { Invariant } from './invariant.ts';

/** Each head of the log that was ever shown is that of the beginning of today's leaves, which have no gaps. */
export const logOnlyGrew: Invariant = {
  name: "the receipt log's head is consistent",
  when: 'at rest',
  asks: { leaves: 'SELECT leaf_index, leaf_hash FROM receipt ORDER BY leaf_index' },
  judge({ scene, rows }) {
    const leaves = rows('leaves').map(({ leaf_hash: hash }) => Buffer.from(hash ?? '', 'base64'));
    const misplaced = rows('leaves').filter(({ leaf_index: index }, at) => Number(index) !== at);
    return [
      ...misplaced.map(({ leaf_index: index }) => `leaf ${index} of the log follows a gap`),
      ...scene.heads.flatMap((head) => wrongHead(head, leaves)),
    ];
  },
};

function wrongHead({ tree_size: size, root_hash: root }: TreeHead, leaves: readonly Buffer[]): readonly string[] {
  const actual = size > leaves.length ? 'missing' : rootOf(leaves.slice(0, size)).toString('base64');
  return actual === root ? [] : [`the head of ${size} leaves says ${root}, the leaves in the books come to ${actual}`];
}

/** Source: RFC 9162, section 2.1.1; written apart from the network's own. */
function rootOf(leaves: readonly Buffer[]): Buffer {
  const [first] = leaves;
  if (!first) return createHash('sha256').digest();
  if (leaves.length === 1) return first;
  const split = 2 ** (Math.ceil(Math.log2(leaves.length)) - 1);
  const [left, right] = [rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split))];
  return createHash('sha256')
    .update(Buffer.from([1]))
    .update(left)
    .update(right)
    .digest();
}
