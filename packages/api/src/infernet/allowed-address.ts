import { BlockList, isIP } from 'node:net';

type Family = 'ipv4' | 'ipv6';
type Lists = Readonly<Record<Family, BlockList>>;

/** Lists are the same ones for as long as a node is connected. */
const compiled = new WeakMap<readonly string[], Lists>();

/** Whether an address is in one of the networks; in any where there is no list. */
export function isAllowed(networks: readonly string[] | undefined, address: string): boolean {
  if (!networks) return true;
  const lists = compiled.get(networks) ?? compile(networks);
  compiled.set(networks, lists);
  const family = familyOf(address);
  return family !== undefined && lists[family].check(address, family);
}

/** One list a family: in one of both, networks of IPv6 would have addresses of IPv4. What is no network allows nobody. */
function compile(networks: readonly string[]): Lists {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const network of networks) {
    const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(network) ?? [];
    const family = familyOf(address);
    if (!family) continue;
    const longest = family === 'ipv4' ? 32 : 128;
    const bits = prefix === undefined ? longest : Number(prefix);
    if (bits <= longest) lists[family].addSubnet(address, bits, family);
  }
  return lists;
}

function familyOf(address: string): Family | undefined {
  return ({ 4: 'ipv4', 6: 'ipv6' } as const)[isIP(address)];
}
