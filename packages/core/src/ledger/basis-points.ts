const WHOLE = 10_000n;

/** So many hundredths of a percent of an amount, rounded down to its smallest unit. */
export function basisPointsOf(amount: bigint, basisPoints: number): bigint {
  return (amount * BigInt(basisPoints)) / WHOLE;
}
