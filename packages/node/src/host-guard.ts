import { isIP } from 'node:net';

const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Tells by a Host header whether a request is meant for a listener. */
export type HostGuard = (header: string | undefined) => boolean;

export function isLoopback(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
}

/**
 * Whether a Host header can be meant for this listener. A page whose name was made to point here sends
 * its own name; an address in figures cannot be made to point elsewhere.
 *
 * @param names what else the operator calls it
 */
export function createHostGuard(boundHost: string, names: readonly string[] = []): HostGuard {
  const own = new Set([boundHost, ...names].map((name) => name.toLowerCase()));
  // A name stands for addresses that only the system knows.
  const hasAnyAddress = WILDCARDS.has(boundHost) || (isIP(boundHost) === 0 && !isLoopback(boundHost));
  return (header) => {
    const name = hostOf(header);
    if (name === undefined) return false;
    return own.has(name) || isLoopback(name) || (hasAnyAddress && isIP(name) !== 0);
  };
}

function hostOf(header: string | undefined): string | undefined {
  if (header === undefined || !URL.canParse(`http://${header}`)) return undefined;
  const url = new URL(`http://${header}`);
  const isHostOnly = url.pathname === '/' && url.username === '' && url.search === '' && url.hash === '';
  return isHostOnly ? url.hostname.replace(/^\[|\]$/g, '') : undefined;
}
