import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { isCidr } from '../../../src/options/networks.ts';
import { CidrList } from '../../../src/socket/cidr-list.ts';
import { parseAddress } from '../../../src/socket/ip-address.ts';
import { holds } from '../../helpers/property.ts';

const NETWORKS = [
  '0.0.0.0/0',
  '10.0.0.0/8',
  '192.0.2.7',
  '192.0.2.7/32',
  '::/0',
  '2001:db8::/32',
  '2001:db8::7',
  '2001:db8::7/128',
  '::ffff:192.0.2.0/120',
];

for (const network of NETWORKS) {
  test(`${network} is a network`, () => {
    assert.equal(isCidr(network), true);
  });
}

const NO_NETWORKS: readonly unknown[] = [
  '',
  '/',
  '/8',
  'localhost',
  '10.0.0.0/',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/+8',
  '10.0.0.0/ 8',
  '10.0.0.0/8.0',
  '10.0.0.0/1e1',
  '10.0.0.0/0x8',
  '10.0.0.0/8/8',
  '10.0.0.0/255.0.0.0',
  '10.0.0/8',
  '10.0.0.256/8',
  '::/129',
  '::/1000',
  '2001:db8::%eth0/64',
  'fe80::1%eth0',
  8,
  null,
  undefined,
  ['10.0.0.0/8'],
];

for (const value of NO_NETWORKS) {
  test(`${inspect(value)} is no network`, () => {
    assert.equal(isCidr(value), false);
  });
}

test('a list cannot be made of what is no network', () => {
  assert.throws(() => new CidrList(['localhost']), TypeError);
});

function isListed(networks: readonly string[], address: string): boolean {
  return new CidrList(networks).matches(parseAddress(address)!, 0);
}

// By hand: the last address of each network and the first beyond it.
const EDGES: readonly [network: string, inside: string, outside: string][] = [
  ['192.0.2.0/24', '192.0.2.255', '192.0.3.0'],
  ['192.0.2.77/24', '192.0.2.0', '192.0.1.255'], // bits beyond the prefix don't count
  ['10.0.0.0/9', '10.127.255.255', '10.128.0.0'],
  ['128.0.0.0/1', '255.255.255.255', '127.255.255.255'],
  ['192.0.2.7/32', '192.0.2.7', '192.0.2.6'],
  ['192.0.2.7', '192.0.2.7', '192.0.2.8'],
  ['192.0.2.6/31', '192.0.2.7', '192.0.2.8'],
  ['2001:db8::/32', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db9::'],
  ['2001:db8::/33', '2001:db8:7fff:ffff:ffff:ffff:ffff:ffff', '2001:db8:8000::'],
  ['2001:db8::/64', '2001:db8::ffff:ffff:ffff:ffff', '2001:db8:0:1::'],
  ['2001:db8::7/128', '2001:db8::7', '2001:db8::6'],
  ['2001:db8::7', '2001:db8::7', '2001:db8::8'],
  ['2001:db8::6/127', '2001:db8::7', '2001:db8::8'],
  [
    '8000::/1',
    'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    '7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  ],
  ['::/0', '::', '0.0.0.0'],
  ['::/0', '2001:db8::7', '192.0.2.7'],
  ['::/80', '::fffe:ffff:ffff', '192.0.2.7'],
  ['0.0.0.0/0', '255.255.255.255', '::1'],
  ['0.0.0.0/0', '::ffff:192.0.2.7', '::192.0.2.7'],
  ['::ffff:192.0.2.0/120', '192.0.2.9', '192.0.3.0'],
  ['::ffff:0:0/96', '192.0.2.9', '::fffe:192.0.2.9'],
];

for (const [network, inside, outside] of EDGES) {
  test(`${network} has ${inside} and not ${outside}`, () => {
    assert.equal(isListed([network], inside), true);
    assert.equal(isListed([network], outside), false);
  });
}

test('an empty list has no address', () => {
  assert.equal(new CidrList([]).size, 0);
  assert.equal(isListed([], '192.0.2.7'), false);
  assert.equal(isListed([], '::'), false);
});

test('a list has what any of its networks has', () => {
  const networks = ['192.0.2.0/24', '2001:db8::/32', '198.51.100.7'];
  assert.equal(new CidrList(networks).size, 3);
  for (const address of ['192.0.2.9', '2001:db8::9', '198.51.100.7']) {
    assert.equal(isListed(networks, address), true, address);
  }
  for (const address of ['192.0.3.9', '2001:db9::9', '198.51.100.8']) {
    assert.equal(isListed(networks, address), false, address);
  }
});

test('the address is read at the place given', () => {
  const words = new Uint32Array(8);
  words.set(parseAddress('192.0.2.7')!, 4);
  const list = new CidrList(['192.0.2.0/24']);
  assert.equal(list.matches(words, 0), false);
  assert.equal(list.matches(words, 4), true);
});

interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

const ipv4s = fc.ipV4().map((address) => ({ address, family: 'ipv4' as const }));
// Mapped addresses are IPv4 ones to us and not to the oracle, and have tests of their own.
const ipv6s = fc
  .ipV6()
  .filter((address) => parseAddress(address)![2] !== 0xffff)
  .map((address) => ({ address, family: 'ipv6' as const }));
const ipv4Networks = fc.record({ source: ipv4s, prefix: fc.integer({ min: 0, max: 32 }) });
const ipv6Networks = fc.record({ source: ipv6s, prefix: fc.integer({ min: 0, max: 128 }) });
const networks: fc.Arbitrary<Network> = fc
  .oneof(ipv4Networks, ipv6Networks)
  .map(({ source, prefix }) => ({ ...source, prefix }));

/** An address that shares the network's first bits with it, as random ones hardly do. */
const near = (network: Network, seed: number): string => {
  const words = parseAddress(network.address)!;
  words[network.family === 'ipv4' ? 3 : seed & 3]! ^= 1 << ((seed >>> 2) & 31);
  return network.family === 'ipv4'
    ? [...new Uint8Array(Uint32Array.of(words[3]!).buffer)].reverse().join('.')
    : [...words]
        .map((word) => `${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}`)
        .join(':');
};

test("a list agrees with Node's own BlockList on networks and addresses of one IP version", () => {
  holds(
    fc.property(
      fc.array(networks, { minLength: 1, maxLength: 4 }),
      fc.oneof(ipv4s, ipv6s),
      fc.nat(),
      (rules, stranger, seed) => {
        const list = new CidrList(rules.map(({ address, prefix }) => `${address}/${prefix}`));
        const neighbour = { ...rules[0]!, address: near(rules[0]!, seed) };
        for (const { address, family } of [stranger, neighbour]) {
          const oracle = new BlockList();
          // The oracle takes an IPv4 address to lie in an IPv6 network; here they are apart.
          for (const rule of rules.filter((one) => one.family === family)) {
            oracle.addSubnet(rule.address, rule.prefix, rule.family);
          }
          assert.equal(list.matches(parseAddress(address)!, 0), oracle.check(address, family));
        }
      },
    ),
    3000,
  );
});
