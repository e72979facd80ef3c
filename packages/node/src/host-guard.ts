import { isIP } from 'node:net';

const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

export function isLoopback(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
}

/**
 * Whether a Host header can be meant for this listener. A page whose name was made to point here sends
 * its own name; an address in figures cannot be made to point elsewhere.
 *
 * @param statsHost what the operator calls it for the coordinator
 */
export function createHostGuard(boundHost: string, statsHost?: string): (header: string | undefined) => boolean {
  const bound = boundHost.toLowerCase();
  const told = statsHost?.toLowerCase();
  return (header) => {
    const name = hostOf(header);
    if (name === undefined) return false;
    if (name === bound || name === told || isLoopback(name)) return true;
    return WILDCARDS.has(bound) && isIP(name) !== 0;
  };
}

function hostOf(header: string | undefined): string | undefined {
  if (header === undefined || !URL.canParse(`http://${header}`)) return undefined;
  const url = new URL(`http://${header}`);
  const isHostOnly = url.pathname === '/' && url.username === '' && url.search === '' && url.hash === '';
  return isHostOnly ? url.hostname.replace(/^\[|\]$/g, '') : undefined;
}
