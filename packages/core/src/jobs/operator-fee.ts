const BASIS_POINTS = 10_000n;

/** The operator's share of what a node is paid, rounded down to a micro-credit. */
export function operatorFee(amount: bigint, feeBasisPoints: number): bigint {
  return (amount * BigInt(feeBasisPoints)) / BASIS_POINTS;
}
