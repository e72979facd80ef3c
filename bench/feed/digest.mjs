/**
 * What a sequence of numbers came to: equal digests mean the same numbers in the same order.
 *
 * @typedef {{ count: number, hash: number, last: number }} Digest
 */

const PRIME = 16_777_619;

/** @returns {Digest} */
export function emptyDigest() {
  return { count: 0, hash: 2_166_136_261, last: 0 };
}

/** @param {Digest} digest @param {number} number */
export function addTo(digest, number) {
  digest.count += 1;
  digest.hash = Math.imul(digest.hash ^ number, PRIME) >>> 0;
  digest.last = number;
}

/** @param {Digest} left @param {Digest} right */
export function isSame(left, right) {
  return left.count === right.count && left.hash === right.hash && left.last === right.last;
}
