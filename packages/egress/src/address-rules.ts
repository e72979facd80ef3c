import { BlockList, isIP } from 'node:net';

/** What stands for no public host. Source: IANA's special-purpose registry for IPv4; 168.63.129.16 is Azure's own host. */
const REFUSED_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** The only part of IPv6 that is public: mapped IPv4, NAT64, local, link-local and multicast are all outside of it. */
const PUBLIC_V6 = '2000::/3';
/** What is not public of it: Teredo, ORCHID, documentation, 6to4. Source: IANA's special-purpose registry for IPv6. */
const REFUSED_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

/** One thing of an operator's list: a network, an address or a name, on one port or on all. */
interface Exception {
  readonly name: string | undefined;
  readonly networks: BlockList;
  readonly port: number | undefined;
}

/** Which addresses may be reached. */
export interface AddressRules {
  /** Whether it is a public address. */
  isPublic(address: string): boolean;
  /** Whether the operator's list has this address, on this port. */
  isListed(address: string, port: number): boolean;
  /** Whether the operator's list has this name, on this port: it is then trusted wherever it leads. */
  isListedName(name: string, port: number): boolean;
}

/**
 * @param allow networks such as `10.0.0.0/8`, addresses and names; each of the latter also as `127.0.0.1:3000`,
 *   `[::1]:3000` or `hooks.internal:8443`
 * @throws {RangeError} when the list has something else
 */
export function createAddressRules(allow: readonly string[]): AddressRules {
  const refused = blockList([...REFUSED_V4, ...REFUSED_V6]);
  const publicV6 = blockList([PUBLIC_V6]);
  const exceptions = allow.map(exceptionOf);
  const onPort = (port: number) => exceptions.filter((one) => one.port === undefined || one.port === port);
  return {
    isPublic: (address) => (isIP(address) === 4 || has(publicV6, address)) && !has(refused, address),
    isListed: (address, port) => onPort(port).some(({ networks }) => has(networks, address)),
    isListedName: (name, port) => onPort(port).some((one) => one.name === name.toLowerCase()),
  };
}

function exceptionOf(text: string): Exception {
  if (isNetwork(text)) return { name: undefined, networks: blockList([text]), port: undefined };
  const [, host = text, port] = /^(\[[^\]]+\]|[^:]+):(\d{1,5})$/.exec(text) ?? [];
  const address = host.replace(/^\[(.+)\]$/, '$1');
  const family = isIP(address);
  if (family === 0 && !/^[a-z\d_]([a-z\d_.-]*[a-z\d_])?$/i.test(address)) {
    throw new RangeError(`"${text}" is no network, address or name`);
  }
  return {
    name: family === 0 ? address.toLowerCase() : undefined,
    networks: blockList(family === 0 ? [] : [`${address}/${family === 4 ? 32 : 128}`]),
    port: port === undefined ? undefined : Number(port),
  };
}

function isNetwork(text: string): boolean {
  const [, address = '', prefix = ''] = /^(.+)\/(\d{1,3})$/.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && Number(prefix) <= (family === 4 ? 32 : 128);
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    list.addSubnet(address, Number(prefix), isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

function has(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}
