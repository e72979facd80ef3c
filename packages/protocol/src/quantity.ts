/** Amounts of resources as Kubernetes writes them. Source: kubernetes.io, "Quantity": digits, a point, a suffix. */
const QUANTITY = /^(\d{1,15})(?:\.(\d{0,9}))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,2}))?$/;

/** The same as a pattern for schemas. */
export const QUANTITY_PATTERN = '^\\d{1,15}(\\.\\d{0,9})?([numkMGTPE]|[KMGTPE]i|[eE][+-]?\\d{1,2})?$';

const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
/** The place in the list of the suffix that multiplies by one. */
const ONE = DECIMAL.indexOf('');
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/**
 * Reads a quantity, for example `2Gi` (2147483648) or `1000m` in thousandths (1000). What does not divide is rounded up.
 *
 * @param scale by what it is multiplied: 1000 gives thousandths
 * @throws {RangeError} when the text is no quantity, or more than 2^53
 */
export function parseQuantity(text: string, scale = 1): number {
  const match = QUANTITY.exec(text);
  if (!match) throw new RangeError(`Not a quantity such as 500m, 2 or 4Gi: ${text}`);
  const [, whole = '', fraction = '', suffix = '', exponent = '0'] = match;
  const [times, over] = factorOf(suffix, Number(exponent));
  const numerator = BigInt(whole + fraction) * times * BigInt(scale);
  const denominator = over * 10n ** BigInt(fraction.length);
  const value = (numerator + denominator - 1n) / denominator;
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`The quantity ${text} is too large`);
  return Number(value);
}

/** A suffix and an exponent as a fraction. */
function factorOf(suffix: string, exponent: number): readonly [bigint, bigint] {
  const binary = BINARY.indexOf(suffix);
  if (binary > 0) return [1024n ** BigInt(binary), 1n];
  const power = 3 * (DECIMAL.indexOf(suffix) - ONE) + exponent;
  return power >= 0 ? [10n ** BigInt(power), 1n] : [1n, 10n ** BigInt(-power)];
}
