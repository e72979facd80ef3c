/** How a connection is, in both directions. */
export interface Conditions {
  readonly delayMs: number;
  /** On top of the delay, from nothing to this. */
  readonly jitterMs: number;
  readonly bytesPerSecond: number;
  /** Nothing comes through, no end of a connection either; what was sent comes when this is over, as with TCP. */
  readonly isStill: boolean;
}

export const GOOD: Conditions = { delayMs: 0, jitterMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY, isStill: false };
