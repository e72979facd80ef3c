/** Useless messages a node may send in a burst, and how many of them are forgiven each second. */
const BURST = 1000;
const FORGIVEN_PER_SECOND = 100;

/** Counts messages that a node need not have sent, so that one that floods is cut off and a clumsy one is not. */
export class OffenceBudget {
  private left = BURST;
  private since: number;
  private readonly now: () => number;

  /** @param now milliseconds of a clock that nobody sets */
  constructor(now: () => number) {
    this.now = now;
    this.since = now();
  }

  /** @returns false when the node has gone too far */
  spend(): boolean {
    const at = this.now();
    this.left = Math.min(BURST, this.left + ((at - this.since) / 1000) * FORGIVEN_PER_SECOND);
    this.since = at;
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }
}
