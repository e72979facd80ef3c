import {
  appendLeaves,
  compactRange,
  consistencyPath,
  createTiledTree,
  inclusionPath,
  merkleRoot,
  rangeRoot,
  TILE_SIZE,
  verifyConsistency,
  verifyInclusion,
} from '@plexus/protocol';
import type { TileReader } from '@plexus/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { at, leaves, nodeCrypto } from './keys.ts';

/** A log of tiles in memory that counts its reads. */
function tileLog(leafHashes: readonly Uint8Array[]): TileReader & { readonly takeReads: () => number } {
  const levels: (readonly Uint8Array[])[] = [leafHashes];
  for (let below = leafHashes; below.length >= TILE_SIZE;) {
    const count = Math.floor(below.length / TILE_SIZE);
    const source = below;
    below = Array.from({ length: count }, (_, tile) =>
      merkleRoot(nodeCrypto, source.slice(tile * TILE_SIZE, (tile + 1) * TILE_SIZE)),
    );
    levels.push(below);
  }
  let reads = 0;
  return {
    hashes: (level, from, to) => {
      reads += 1;
      expect(to - from).toBeLessThanOrEqual(TILE_SIZE);
      return Promise.resolve(levels[level]?.slice(from, to) ?? []);
    },
    takeReads: () => {
      const taken = reads;
      reads = 0;
      return taken;
    },
  };
}

const all = leaves(1500);
const log = tileLog(all);
const tree = createTiledTree(nodeCrypto, log);

test('the root of every size up to 1500', async () => {
  let range = compactRange(0, []);
  for (let size = 0; size <= all.length; size++) {
    const root = await tree.root(size);
    if (Buffer.compare(root, rangeRoot(nodeCrypto, range)) !== 0) expect.fail(`size ${size}`);
    range = appendLeaves(nodeCrypto, range, all.slice(size, size + 1));
  }
});

test('proofs of any leaf and any two sizes are those of the plain functions', async () => {
  const sizes = fc.integer({ min: 1, max: all.length }).chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1)));
  await fc.assert(
    fc.asyncProperty(sizes, async ([size, index]) => {
      const list = all.slice(0, size);
      expect(await tree.inclusion(index, size)).toEqual(inclusionPath(nodeCrypto, list, index));
      expect(await tree.consistency(index, size)).toEqual(consistencyPath(nodeCrypto, list, index));
      expect(await tree.consistency(size, size)).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

describe('three levels of tiles, by at most three reads for each', () => {
  const many = leaves(66_500);
  const long = tileLog(many);
  const longTree = createTiledTree(nodeCrypto, long);

  const rootOf = (size: number) =>
    rangeRoot(nodeCrypto, appendLeaves(nodeCrypto, compactRange(0, []), many.slice(0, size)));

  test.each([65_536, 65_791, 66_304])('%i leaves', async (size) => {
    const root = rootOf(size);
    for (const index of [1, 255, 300, 32_768, 65_279, 65_535, size - 2, size - 1]) {
      const path = await longTree.inclusion(index, size);
      expect(long.takeReads()).toBeLessThanOrEqual(9);
      const leaf = at(many, index);
      expect(verifyInclusion(nodeCrypto, { leaf, index, size, path, root }), `leaf ${index}`).toBe(true);
      const proof = await longTree.consistency(index, size);
      expect(long.takeReads()).toBeLessThanOrEqual(9);
      const claim = { first: index, second: size, firstRoot: rootOf(index), secondRoot: root, path: proof };
      expect(verifyConsistency(nodeCrypto, claim), `from ${index}`).toBe(true);
    }
    expect(await longTree.root(size)).toEqual(root);
    expect(long.takeReads()).toBeLessThanOrEqual(3);
  });
});

test('what the log does not hold is refused', async () => {
  await expect(tree.root(all.length + 1)).rejects.toThrow(RangeError);
  await expect(tree.root(-1)).rejects.toThrow(RangeError);
  await expect(tree.inclusion(10, 10)).rejects.toThrow(RangeError);
  await expect(tree.consistency(11, 10)).rejects.toThrow(RangeError);
});
