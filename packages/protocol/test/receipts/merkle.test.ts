import {
  appendLeaves,
  compactRange,
  consistencyPath,
  inclusionPath,
  leafHash,
  merkleRoot,
  nodeHash,
  rangeRoot,
  verifyConsistency,
  verifyInclusion,
} from '@plexus/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { at, flip, leaves, nodeCrypto } from './keys.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const nat = (max: number) => fc.integer({ min: 0, max });

/** The entries and results of Certificate Transparency's own tests of RFC 6962, whose trees RFC 9162 keeps. */
const ENTRIES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const known = ENTRIES.map((entry) => leafHash(nodeCrypto, Buffer.from(entry, 'hex')));

describe('known results', () => {
  test.each(ROOTS.map((root, size) => ({ root, size })))('root of $size entries', ({ root, size }) => {
    expect(hex(merkleRoot(nodeCrypto, known.slice(0, size)))).toBe(root);
  });

  test('inclusion of the first of 8 entries', () => {
    expect(inclusionPath(nodeCrypto, known, 0).map(hex)).toEqual([
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ]);
  });

  test('consistency of 6 with 8 entries', () => {
    expect(consistencyPath(nodeCrypto, known, 6).map(hex)).toEqual([
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
  });
});

/** RFC 9162, sections 2.1.1, 2.1.3.1 and 2.1.4.1, as they are defined there: slow and by recursion. */
const half = (size: number): number => 2 ** Math.ceil(Math.log2(size) - 1);
function modelRoot(list: readonly Uint8Array[]): Uint8Array {
  if (list.length < 2) return list[0] ?? nodeCrypto.sha256(new Uint8Array());
  const k = half(list.length);
  return nodeHash(nodeCrypto, modelRoot(list.slice(0, k)), modelRoot(list.slice(k)));
}
function modelPath(m: number, list: readonly Uint8Array[]): Uint8Array[] {
  if (list.length < 2) return [];
  const k = half(list.length);
  const [left, right] = [list.slice(0, k), list.slice(k)];
  return m < k ? [...modelPath(m, left), modelRoot(right)] : [...modelPath(m - k, right), modelRoot(left)];
}
function modelProof(m: number, list: readonly Uint8Array[], whole = true): Uint8Array[] {
  if (m === list.length) return whole ? [] : [modelRoot(list)];
  const k = half(list.length);
  const [left, right] = [list.slice(0, k), list.slice(k)];
  if (m <= k) return [...modelProof(m, left, whole), modelRoot(right)];
  return [...modelProof(m - k, right, false), modelRoot(left)];
}

describe('every tree of up to 70 leaves', () => {
  const all = leaves(70);
  const sizes = all.map((_, index) => index + 1);

  test.each(sizes)('of %i leaves: every leaf is proved as the RFC says', (size) => {
    const list = all.slice(0, size);
    const root = merkleRoot(nodeCrypto, list);
    expect(root).toEqual(modelRoot(list));
    list.forEach((leaf, index) => {
      const path = inclusionPath(nodeCrypto, list, index);
      expect(path, `leaf ${index}`).toEqual(modelPath(index, list));
      expect(verifyInclusion(nodeCrypto, { leaf, index, size, path, root }), `leaf ${index}`).toBe(true);
    });
  });
});

test('every tree of up to 100 leaves continues every smaller one', () => {
  const all = leaves(100);
  const roots = Array.from({ length: 101 }, (_, size) => merkleRoot(nodeCrypto, all.slice(0, size)));
  for (let second = 0; second <= 100; second++) {
    const list = all.slice(0, second);
    for (let first = 0; first <= second; first++) {
      const path = consistencyPath(nodeCrypto, list, first);
      const claim = { first, second, firstRoot: at(roots, first), secondRoot: at(roots, second), path };
      if (!verifyConsistency(nodeCrypto, claim)) expect.fail(`${first} to ${second}`);
      if (first > 0 && second % 7 === 0) expect(path, `${first} to ${second}`).toEqual(modelProof(first, list));
    }
  }
});

const pool = leaves(300);
const tree = fc
  .integer({ min: 1, max: 300 })
  .chain((size) => fc.record({ size: fc.constant(size), index: nat(size - 1) }));

test('an inclusion proof with any changed bit, index or length fails', () => {
  fc.assert(
    fc.property(tree, nat(255), nat(299), ({ size, index }, bit, other) => {
      const list = pool.slice(0, size);
      const claim = {
        leaf: at(list, index),
        index,
        size,
        path: inclusionPath(nodeCrypto, list, index),
        root: merkleRoot(nodeCrypto, list),
      };
      const holds = (change: Partial<typeof claim>) => verifyInclusion(nodeCrypto, { ...claim, ...change });
      expect(holds({})).toBe(true);
      expect(holds({ leaf: flip(claim.leaf, bit) })).toBe(false);
      expect(holds({ root: flip(claim.root, bit) })).toBe(false);
      claim.path.forEach((_, step) => {
        const path = claim.path.map((hash, place) => (place === step ? flip(hash, bit) : hash));
        expect(holds({ path }), `step ${step}`).toBe(false);
      });
      expect(holds({ path: [...claim.path, claim.leaf] })).toBe(false);
      if (claim.path.length > 0) expect(holds({ path: claim.path.slice(1) })).toBe(false);
      if (other !== index) expect(holds({ index: other })).toBe(false);
      if (other <= index) expect(holds({ size: other })).toBe(false);
      expect(holds({ leaf: claim.leaf.subarray(1) })).toBe(false);
    }),
    { numRuns: 60 },
  );
});

test('a changed size fails exactly when the leaf would stand elsewhere in such a tree', () => {
  // The root does not hold the size: a signed tree head does.
  const turns = (index: number, size: number) => modelPath(index, pool.slice(0, size)).length;
  for (const size of [1, 2, 3, 4, 5, 8, 13]) {
    const list = pool.slice(0, size);
    const root = merkleRoot(nodeCrypto, list);
    list.forEach((leaf, index) => {
      const path = inclusionPath(nodeCrypto, list, index);
      for (let other = index + 1; other <= 16; other++) {
        if (turns(index, other) === path.length) continue;
        expect(verifyInclusion(nodeCrypto, { leaf, index, size: other, path, root })).toBe(false);
      }
    });
  }
});

test.each([
  { index: -1, size: 1 },
  { index: 1, size: 1 },
  { index: 0.5, size: 1 },
  { index: 0, size: 0 },
  { index: Number.NaN, size: 1 },
  { index: 0, size: Number.POSITIVE_INFINITY },
  { index: 0, size: 2 ** 53 },
])('no leaf $index among $size', ({ index, size }) => {
  const leaf = at(pool, 0);
  expect(verifyInclusion(nodeCrypto, { leaf, index, size, path: [], root: leaf })).toBe(false);
});

test('a consistency proof with any changed bit fails, and so does a rewritten log', () => {
  fc.assert(
    fc.property(tree, nat(255), ({ size: second, index }, bit) => {
      const first = index + 1;
      const list = pool.slice(0, second);
      const claim = {
        first,
        second,
        firstRoot: merkleRoot(nodeCrypto, list.slice(0, first)),
        secondRoot: merkleRoot(nodeCrypto, list),
        path: consistencyPath(nodeCrypto, list, first),
      };
      const holds = (change: Partial<typeof claim>) => verifyConsistency(nodeCrypto, { ...claim, ...change });
      expect(holds({})).toBe(true);
      expect(holds({ firstRoot: flip(claim.firstRoot, bit) })).toBe(false);
      expect(holds({ secondRoot: flip(claim.secondRoot, bit) })).toBe(false);
      claim.path.forEach((_, step) => {
        const path = claim.path.map((hash, place) => (place === step ? flip(hash, bit) : hash));
        expect(holds({ path }), `step ${step}`).toBe(false);
      });
      expect(holds({ path: [...claim.path, claim.firstRoot] })).toBe(false);
      const rewritten = list.map((leaf, place) => (place === index ? flip(leaf, bit) : leaf));
      const path = consistencyPath(nodeCrypto, rewritten, first);
      expect(holds({ path, secondRoot: merkleRoot(nodeCrypto, rewritten) })).toBe(false);
    }),
    { numRuns: 60 },
  );
});

describe('a compact range', () => {
  test('has the root of all leaves after each one, also when restored in between', () => {
    let range = compactRange(0, []);
    for (let size = 0; size <= 300; size++) {
      expect(rangeRoot(nodeCrypto, range), `${size} leaves`).toEqual(merkleRoot(nodeCrypto, pool.slice(0, size)));
      range = compactRange(range.size, [...range.peaks]);
      range = appendLeaves(nodeCrypto, range, pool.slice(size, size + 1));
    }
  });

  test('costs less than one hash per leaf', () => {
    let hashes = 0;
    const counting = { ...nodeCrypto, sha256: (data: Uint8Array) => (hashes++, nodeCrypto.sha256(data)) };
    appendLeaves(counting, compactRange(0, []), pool);
    expect(hashes).toBeLessThan(pool.length);
  });

  test('is refused when its peaks do not fit its size', () => {
    expect(() => compactRange(5, pool.slice(0, 1))).toThrow(RangeError);
    expect(() => compactRange(-1, [])).toThrow(RangeError);
  });
});
