import { BlockList, isIP } from 'node:net';

/** Lists are the same ones for as long as a node is connected. */
const compiled = new WeakMap<readonly string[], BlockList>();

/** Whether an address is in one of the networks; in any where there is no list. */
export function isAllowed(networks: readonly string[] | undefined, address: string): boolean {
  if (!networks) return true;
  const list = compiled.get(networks) ?? compile(networks);
  compiled.set(networks, list);
  return isIP(address) !== 0 && list.check(address, familyOf(address));
}

/** What is no network allows nobody. */
function compile(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const longest = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
    const bits = prefix === undefined ? longest : Number(prefix);
    if (longest > 0 && Number.isInteger(bits) && bits >= 0 && bits <= longest) {
      list.addSubnet(address, bits, familyOf(address));
    }
  }
  return list;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
