/** NanoTON in one TON. Source: TON's documentation, "Toncoin": nine places. */
export const NANO_PER_TON = 1_000_000_000n;

const PLACES = 9;
/** From here on JavaScript writes numbers with an exponent, and no amount of TON is as large. */
const TOO_LARGE = 1e15;

/**
 * An amount of TON as JSON has it.
 *
 * @returns nanoTON; undefined where the number has more than 9 places, or is no amount
 */
export function tonToNano(ton: number): bigint | undefined {
  if (!Number.isFinite(ton) || Math.abs(ton) >= TOO_LARGE) return undefined;
  const text = ton.toFixed(PLACES);
  return Number(text) === ton ? BigInt(text.replace('.', '')) : undefined;
}

/** NanoTON as the JSON number that stands nearest. */
export function nanoToTon(nano: bigint): number {
  return Number(formatTon(nano));
}

/** NanoTON as the shortest decimal text in TON, for example `25.5`. */
export function formatTon(nano: bigint): string {
  const digits = (nano < 0n ? -nano : nano).toString().padStart(PLACES + 1, '0');
  const fraction = digits.slice(-PLACES).replace(/0+$/, '');
  return `${nano < 0n ? '-' : ''}${digits.slice(0, -PLACES)}${fraction && `.${fraction}`}`;
}

/**
 * Reads TON written as decimal text with at most 9 places.
 *
 * @throws {RangeError} when the text is not such a number
 */
export function parseTon(text: string): bigint {
  const [, whole, fraction = ''] = /^(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  if (whole === undefined) throw new RangeError(`Not an amount of TON with at most 9 decimal places: ${text}`);
  return BigInt(whole + fraction.padEnd(PLACES, '0'));
}
