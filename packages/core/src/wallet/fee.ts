/** One part of so many, 0.1 %. Source: contract/neuroshard.md, "send fee". */
const PARTS = 1000n;

/** The fee for sending so much, in micro-credits, rounded half up. */
export function sendFee(amount: bigint): bigint {
  return (amount + PARTS / 2n) / PARTS;
}
