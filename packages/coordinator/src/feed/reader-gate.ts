/** Readers at once, in all, of one key, and those that have not said yet who they are. */
const MAX_READERS = 2000;
const MAX_READERS_PER_KEY = 100;
const MAX_UNKNOWN = 500;

/** How many readers there may be. */
export interface ReaderLimits {
  readonly maxReaders?: number;
  readonly maxReadersPerKey?: number;
}

/** One reader's place. */
export interface ReaderPlace {
  /** Counts it for its key. @returns false when that has as many as it may */
  belongTo(keyId: string): boolean;
  /** May be called more than once. */
  leave(): void;
}

/** Lets readers in as long as there is room. */
export class ReaderGate {
  private readonly places = new Map<ReaderPlace, string | undefined>();
  private readonly perKey = new Map<string, number>();
  private known = 0;
  private readonly limits: Required<ReaderLimits>;

  constructor({ maxReaders = MAX_READERS, maxReadersPerKey = MAX_READERS_PER_KEY }: ReaderLimits = {}) {
    this.limits = { maxReaders, maxReadersPerKey };
  }

  get size(): number {
    return this.places.size;
  }

  /** @returns nothing where there is no room */
  enter(): ReaderPlace | undefined {
    if (this.size >= this.limits.maxReaders || this.size - this.known >= MAX_UNKNOWN) return undefined;
    const place: ReaderPlace = {
      belongTo: (keyId) => this.belong(place, keyId),
      leave: () => this.leave(place),
    };
    this.places.set(place, undefined);
    return place;
  }

  private belong(place: ReaderPlace, keyId: string): boolean {
    const count = this.perKey.get(keyId) ?? 0;
    if (!this.places.has(place) || count >= this.limits.maxReadersPerKey) return false;
    this.perKey.set(keyId, count + 1);
    this.places.set(place, keyId);
    this.known += 1;
    return true;
  }

  private leave(place: ReaderPlace): void {
    const keyId = this.places.get(place);
    this.places.delete(place);
    if (keyId === undefined) return;
    this.known -= 1;
    const count = (this.perKey.get(keyId) ?? 1) - 1;
    if (count > 0) this.perKey.set(keyId, count);
    else this.perKey.delete(keyId);
  }
}
