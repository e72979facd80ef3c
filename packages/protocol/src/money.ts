/** Micro-credits in one credit. Money is integer micro-credits inside; see contract/README.md, "Money". */
export const MICRO_PER_CREDIT = 1_000_000n;

const DECIMAL_CREDITS = /^(-?)(\d{1,13})(?:\.(\d{1,6}))?$/;

/**
 * Reads credits written as decimal text with at most 6 places.
 *
 * @returns micro-credits
 * @throws {RangeError} when the text is not such a number
 */
export function parseCredits(text: string): bigint {
  const match = DECIMAL_CREDITS.exec(text);
  if (!match) throw new RangeError(`Not an amount of credits with at most 6 decimal places: ${text}`);
  const [, sign, whole, fraction = ''] = match;
  const micro = BigInt(whole ?? '0') * MICRO_PER_CREDIT + BigInt(fraction.padEnd(6, '0'));
  return sign ? -micro : micro;
}

/** Micro-credits as the shortest decimal text in credits, for example `0.1` or `10`. */
export function formatCredits(micro: bigint): string {
  const absolute = micro < 0n ? -micro : micro;
  const fraction = (absolute % MICRO_PER_CREDIT).toString().padStart(6, '0').replace(/0+$/, '');
  return `${micro < 0n ? '-' : ''}${absolute / MICRO_PER_CREDIT}${fraction && `.${fraction}`}`;
}

/** Whole credits, rounded towards minus infinity: how GemmaNet prints a balance. */
export function floorCredits(micro: bigint): number {
  const whole = micro / MICRO_PER_CREDIT;
  return Number(micro < 0n && micro % MICRO_PER_CREDIT !== 0n ? whole - 1n : whole);
}

/** Whole credits, rounded away from zero: how GemmaNet prints a cost. */
export function wholeCredits(micro: bigint): number {
  return micro < 0n ? floorCredits(micro) : -floorCredits(-micro);
}

/** Whole credits as micro-credits. */
export function creditsToMicro(credits: number): bigint {
  return BigInt(credits) * MICRO_PER_CREDIT;
}
