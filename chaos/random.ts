/** Chance that repeats itself: the same seed gives the same faults at the same moments to the same parts. */
export class Random {
  private state: number;

  /** @param seed a whole number */
  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** Uniform in [0, 1). Source: mulberry32 by Tommy Ettinger, public domain. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Uniform in [from, to). */
  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  /** A whole number from 0 to `below` - 1. */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** @throws {RangeError} when there is nothing to choose from */
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('There is nothing to choose from');
    return item;
  }

  isBelow(probability: number): boolean {
    return this.next() < probability;
  }

  /** Chance of its own for a part, so that what one part draws does not change what another does. */
  fork(name: string): Random {
    let seed = this.state;
    for (const character of name) seed = Math.imul(seed ^ (character.codePointAt(0) ?? 0), 0x01000193);
    return new Random(seed);
  }
}
