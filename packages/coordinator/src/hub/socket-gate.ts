/** Sockets of nodes at once. */
const MAX_SOCKETS = 20_000;
/** Those among them whose node has not registered yet: anybody can open one. */
const MAX_UNREGISTERED = 2000;

/** How many sockets may be open. */
export interface SocketLimits {
  readonly maxSockets?: number;
  readonly maxUnregistered?: number;
}

/** One socket's place. Both may be called more than once. */
export interface SocketPlace {
  registered(): void;
  leave(): void;
}

/** Lets sockets in as long as there is room, those of strangers in a smaller part of it. */
export class SocketGate {
  private readonly strangers = new Set<SocketPlace>();
  private readonly places = new Set<SocketPlace>();
  private readonly limits: Required<SocketLimits>;

  constructor({ maxSockets = MAX_SOCKETS, maxUnregistered = MAX_UNREGISTERED }: SocketLimits = {}) {
    this.limits = { maxSockets, maxUnregistered };
  }

  get size(): number {
    return this.places.size;
  }

  get unregistered(): number {
    return this.strangers.size;
  }

  /** @returns nothing where there is no room */
  enter(): SocketPlace | undefined {
    const { maxSockets, maxUnregistered } = this.limits;
    if (this.places.size >= maxSockets || this.strangers.size >= maxUnregistered) return undefined;
    const place: SocketPlace = {
      registered: () => void this.strangers.delete(place),
      leave: () => {
        this.strangers.delete(place);
        this.places.delete(place);
      },
    };
    this.places.add(place);
    this.strangers.add(place);
    return place;
  }
}
