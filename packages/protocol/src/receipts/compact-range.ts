import type { ReceiptCrypto } from './crypto.ts';
import { emptyRoot, nodeHash } from './merkle.ts';

/**
 * All that is needed to append to a log: its size in leaves and the roots of its whole subtrees, largest first.
 * It is a value: keep the old one until the new one is committed.
 *
 * @see RFC 9162, section 2.1.2
 */
export interface CompactRange {
  readonly size: number;
  readonly peaks: readonly Uint8Array[];
}

/**
 * A compact range from what was stored of it; the empty log is `compactRange(0, [])`.
 *
 * @throws {RangeError} when a log of this size does not have this many whole subtrees
 */
export function compactRange(size: number, peaks: readonly Uint8Array[]): CompactRange {
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`Not the size of a log: ${size}`);
  const expected = size.toString(2).replaceAll('0', '').length;
  if (peaks.length !== expected) {
    throw new RangeError(`A log of ${size} leaves has ${expected} whole subtrees, not ${peaks.length}`);
  }
  return { size, peaks };
}

/** The log with leaf hashes appended, at one hash per leaf on average. */
export function appendLeaves(
  crypto: ReceiptCrypto,
  range: CompactRange,
  leafHashes: readonly Uint8Array[],
): CompactRange {
  const peaks = [...range.peaks];
  let { size } = range;
  for (const leaf of leafHashes) {
    let hash = leaf;
    // Each binary one at the end of the size is a peak as high as the subtree that the leaf has grown to.
    for (let rest = size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      hash = nodeHash(crypto, peaks.pop() ?? hash, hash);
    }
    peaks.push(hash);
    size += 1;
  }
  return { size, peaks };
}

/** Root of the log, at less than one hash per binary digit of its size. */
export function rangeRoot(crypto: ReceiptCrypto, range: CompactRange): Uint8Array {
  if (range.peaks.length === 0) return emptyRoot(crypto);
  return range.peaks.reduceRight((right, left) => nodeHash(crypto, left, right));
}
