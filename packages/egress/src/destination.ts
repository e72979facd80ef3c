import { isIP } from 'node:net';
import type { AddressRules } from './address-rules.ts';
import { EgressError } from './egress-error.ts';
import type { Resolver } from './resolver.ts';

const MAX_URL_LENGTH = 8192;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** Where a request goes: the URL, and the only addresses that it may be connected to. */
export interface Destination {
  readonly url: URL;
  readonly addresses: readonly string[];
}

export interface DestinationDeps {
  readonly rules: AddressRules;
  /** Whether plain http may be spoken with whoever is not on the operator's list. */
  readonly allowHttp: boolean;
  /** For names that come from outside. */
  readonly resolve: Resolver;
  /** For names of the operator's list. */
  readonly resolveListed: Resolver;
}

/**
 * What can be said of a URL without asking anybody.
 *
 * @throws {EgressError} invalid_url, scheme_refused, credentials_in_url, address_refused
 */
export function checkUrl(text: string, { rules, allowHttp }: Pick<DestinationDeps, 'rules' | 'allowHttp'>): Place {
  const place = readPlace(text);
  const { url, host, address, port } = place;
  const isListed = address === undefined ? rules.isListedName(host, port) : rules.isListed(address, port);
  if (url.protocol === 'http:' && !allowHttp && !isListed) throw new EgressError('scheme_refused', 'https is required');
  if (address !== undefined && !isListed && !rules.isPublic(address)) throw refused(host);
  return place;
}

/**
 * Finds the addresses of a URL. All of them must be allowed, so that it does not matter which one is taken.
 *
 * @throws {EgressError} as `checkUrl`, and name_not_found
 */
export async function findDestination(text: string, deps: DestinationDeps, signal: AbortSignal): Promise<Destination> {
  const { url, host, address, port } = checkUrl(text, deps);
  if (address !== undefined) return { url, addresses: [address] };
  const { rules, resolve, resolveListed } = deps;
  const isListed = rules.isListedName(host, port);
  const addresses = await (isListed ? resolveListed : resolve)(host, signal);
  if (addresses.length === 0) throw new EgressError('name_not_found', `No address was found for ${host}`);
  const isOpen = (one: string) => isListed || rules.isListed(one, port) || rules.isPublic(one);
  if (!addresses.every(isOpen)) throw refused(host);
  return { url, addresses };
}

/** A URL with what it says of its host. */
interface Place {
  readonly url: URL;
  readonly host: string;
  /** Where the URL names an address itself. */
  readonly address: string | undefined;
  readonly port: number;
}

function readPlace(text: string): Place {
  if (text.length > MAX_URL_LENGTH || !URL.canParse(text)) throw new EgressError('invalid_url', 'Not a URL');
  const url = new URL(text);
  const usualPort = DEFAULT_PORTS[url.protocol];
  if (usualPort === undefined) {
    throw new EgressError('scheme_refused', `Only http and https are spoken, not ${url.protocol}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new EgressError('credentials_in_url', 'A URL must not hold a user name or password');
  }
  const host = url.hostname.replace(/^\[(.+)\]$/, '$1').replace(/\.$/, '');
  const address = isIP(host) === 0 ? undefined : host;
  return { url, host, address, port: url.port === '' ? usualPort : Number(url.port) };
}

function refused(host: string): EgressError {
  return new EgressError('address_refused', `${host} has an address that is not public and not on the operator's list`);
}
