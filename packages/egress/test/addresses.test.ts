import { describe, expect, it } from 'vitest';
import { createAddressRules } from '../src/address-rules.ts';
import { createEgress, EgressError } from '../src/index.ts';

const NOT_PUBLIC = {
  loopback: ['127.0.0.1', '127.255.255.254', '::1', '0.0.0.0', '::'],
  private: ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fd00::1', 'fc00::1'],
  'link-local': ['169.254.1.1', 'fe80::1', 'fe80::1%eth0', 'fec0::1'],
  metadata: ['169.254.169.254', '100.100.100.200', '192.0.0.192', 'fd00:ec2::254', '168.63.129.16'],
  'carrier-grade NAT': ['100.64.0.1', '100.127.255.255'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1', '255.255.255.255'],
  reserved: ['192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '240.0.0.1', '2001:db8::1', '3fff::1'],
  'IPv4 in IPv6': [
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '2002:7f00:1::1',
    '2001::1',
  ],
};
const PUBLIC = [
  '1.1.1.1',
  '8.8.8.8',
  '172.32.0.1',
  '100.128.0.1',
  '192.169.0.1',
  '2606:4700:4700::1111',
  '2a00:1450::1',
];

describe('which addresses are public', () => {
  const rules = createAddressRules([]);

  it.each(Object.entries(NOT_PUBLIC))('%s is not', (_kind, addresses) => {
    expect(addresses.filter((address) => rules.isPublic(address))).toEqual([]);
  });

  it('the rest is', () => {
    expect(PUBLIC.filter((address) => !rules.isPublic(address))).toEqual([]);
  });
});

describe("an operator's list", () => {
  it('has networks, addresses and names, also for one port alone', () => {
    const rules = createAddressRules([
      '10.1.0.0/16',
      '127.0.0.1:3000',
      '[::1]:3000',
      'hooks.internal',
      'one.internal:8443',
    ]);
    expect([
      rules.isListed('10.1.255.255', 80),
      rules.isListed('10.2.0.0', 80),
      rules.isListed('127.0.0.1', 3000),
      rules.isListed('127.0.0.1', 3001),
      rules.isListed('::1', 3000),
      rules.isListed('::1', 80),
    ]).toEqual([true, false, true, false, true, false]);
    expect(rules.isListedName('HOOKS.internal', 1)).toBe(true);
    expect(rules.isListedName('x.hooks.internal', 1)).toBe(false);
    expect(rules.isListedName('one.internal', 8443)).toBe(true);
    expect(rules.isListedName('one.internal', 443)).toBe(false);
  });

  it.each(['10.0.0.0/33', 'http://a', 'a b', '', '::1/129', '-a'])('refuses %j', (entry) => {
    expect(() => createAddressRules([entry])).toThrow(RangeError);
  });
});

describe('what can be said of a URL alone', () => {
  const egress = createEgress({ allow: ['127.0.0.1:3000', 'hooks.internal'] });
  const codeOf = (url: string): string => {
    try {
      egress.check(url);
      return 'ok';
    } catch (error) {
      return error instanceof EgressError ? error.code : String(error);
    }
  };

  it.each([
    ['https://example.com/hook?x=1', 'ok'],
    ['http://127.0.0.1:3000/hook', 'ok'],
    ['http://hooks.internal/hook', 'ok'],
    ['https://example.com./', 'ok'],
    ['http://example.com/', 'scheme_refused'],
    ['http://127.0.0.1:3001/hook', 'scheme_refused'],
    ['https://127.0.0.1:3001/hook', 'address_refused'],
    ['https://2130706433/', 'address_refused'],
    ['https://0x7f.1/', 'address_refused'],
    ['https://[::ffff:127.0.0.1]/', 'address_refused'],
    ['https://169.254.169.254/latest/meta-data/', 'address_refused'],
    ['https://user:secret@example.com/', 'credentials_in_url'],
    ['https://user@example.com/', 'credentials_in_url'],
    ['ftp://example.com/', 'scheme_refused'],
    ['file:///etc/passwd', 'scheme_refused'],
    ['javascript:alert(1)', 'scheme_refused'],
    ['/hook', 'invalid_url'],
    ['https://', 'invalid_url'],
    [`https://example.com/${'x'.repeat(9000)}`, 'invalid_url'],
  ])('%s: %s', (url, code) => expect(codeOf(url)).toBe(code));

  it('takes plain http to public hosts where that is allowed, and to nobody else', () => {
    const open = createEgress({ allowHttp: true });
    expect(() => open.check('http://example.com/')).not.toThrow();
    expect(() => open.check('http://10.0.0.1/')).toThrow(EgressError);
  });
});
