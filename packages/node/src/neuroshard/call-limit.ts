const WINDOW_MS = 60_000;
/** Addresses that are remembered; beyond, the one that came first starts afresh. */
const MAX_ADDRESSES = 10_000;

/** Seconds until an address may call again; undefined when it may now. */
export type CallLimit = (address: string) => number | undefined;

/** At most so many calls of one address in a minute, which may come at once. */
export function createCallLimit(perMinute: number, now = () => performance.now()): CallLimit {
  const intervalMs = WINDOW_MS / perMinute;
  /** When an address has its whole minute's worth again. */
  const fullAt = new Map<string, number>();
  return (address) => {
    const time = now();
    const next = Math.max(fullAt.get(address) ?? 0, time) + intervalMs;
    const waitMs = next - time - WINDOW_MS;
    if (waitMs > 0.001) return Math.ceil(waitMs / 1000);
    if (!fullAt.has(address) && fullAt.size >= MAX_ADDRESSES) {
      for (const oldest of fullAt.keys()) {
        fullAt.delete(oldest);
        break;
      }
    }
    fullAt.set(address, next);
    return undefined;
  };
}
