import { lookup, Resolver as DnsResolver } from 'node:dns/promises';

/** One question to one DNS server; several are asked in turn. */
const QUESTION_MS = 2000;
const TRIES = 2;

/**
 * All addresses of a name, of both kinds; none when it has none.
 *
 * @throws when the signal ends first
 */
export type Resolver = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

/**
 * Asks DNS alone. The system's own look-up would also read the hosts file, but takes one of the few threads that files
 * and compression need, for as long as whoever runs a name's server likes.
 *
 * @param servers such as `127.0.0.1:5353`; by default the system's
 */
export function createDnsResolver(servers?: readonly string[]): Resolver {
  return async (name, signal) => {
    const dns = new DnsResolver({ timeout: QUESTION_MS, tries: TRIES });
    if (servers) dns.setServers(servers);
    const cancel = () => dns.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const answers = await Promise.allSettled([dns.resolve4(name), dns.resolve6(name)]);
      signal.throwIfAborted();
      return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };
}

/** The system's look-up, hosts file and all: for names that an operator has listed. */
export const systemResolver: Resolver = async (name) => {
  const found = await lookup(name, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
};
