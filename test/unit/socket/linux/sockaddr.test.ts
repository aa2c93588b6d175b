import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatAddressWords, parseAddress } from '../../../../src/socket/ip-address.ts';
import { zoneName } from '../../../../src/socket/interfaces.ts';
import { decodeSockaddr, encodeSockaddr } from '../../../../src/socket/linux/sockaddr.ts';
import { holds } from '../../../helpers/property.ts';

const HEX = 'hex';

// By hand from ip(7) and ipv6(7): family in the host's order, port and address in the network's.
const ENCODED: readonly [address: string, port: number, hex: string][] = [
  ['127.0.0.1', 10_000, '0200' + '2710' + '7f000001' + '0000000000000000'],
  ['192.0.2.7', 65_535, '0200' + 'ffff' + 'c0000207' + '0000000000000000'],
  ['0.0.0.0', 0, '0200' + '0000' + '00000000' + '0000000000000000'],
  ['::', 0, '0a00' + '0000' + '00000000' + '00'.repeat(16) + '00000000'],
  ['::1', 7, '0a00' + '0007' + '00000000' + '00'.repeat(15) + '01' + '00000000'],
  [
    '2001:db8:102:304:506:708:90a:b0c',
    10_000,
    '0a00' + '2710' + '00000000' + '20010db8010203040506070809' + '0a0b0c' + '00000000',
  ],
  [
    'fe80::1%4294967295',
    10_000,
    '0a00' + '2710' + '00000000' + 'fe80' + '00'.repeat(13) + '01' + 'ffffffff',
  ],
];

for (const [address, port, hex] of ENCODED) {
  test(`${address} port ${port} is encoded and decoded as the kernel lays it out`, () => {
    assert.equal(Buffer.from(encodeSockaddr({ address, port })).toString(HEX), hex);
    assert.deepEqual(decodeSockaddr(Buffer.from(hex, HEX)), { address, port });
  });
}

test('what is no IP address is not encoded', () => {
  assert.throws(() => encodeSockaddr({ address: 'localhost', port: 1 }), TypeError);
});

test('a name is read wherever it lies in its buffer, whatever follows', () => {
  const bytes = Buffer.concat([
    Buffer.from([1, 2, 3]),
    encodeSockaddr({ address: '192.0.2.7', port: 10_000 }),
    Buffer.alloc(12, 0xff),
  ]);
  assert.deepEqual(decodeSockaddr(bytes.subarray(3)), { address: '192.0.2.7', port: 10_000 });
});

const addresses = fc.oneof(
  fc.ipV4(),
  // An IPv6 socket of ours takes no mapped IPv4.
  fc
    .ipV6()
    .map((address) => formatAddressWords(parseAddress(address)!))
    .filter((address) => address.includes(':')),
);

test('what is encoded is decoded as it was', () => {
  holds(
    fc.property(addresses, fc.integer({ min: 0, max: 65_535 }), (address, port) => {
      assert.deepEqual(decodeSockaddr(encodeSockaddr({ address, port })), { address, port });
    }),
  );
});

const LINK_LOCAL = Object.entries(networkInterfaces())
  .flatMap(([zone, infos]) => (infos ?? []).map((info) => ({ zone, info })))
  .find(({ info }) => info.family === 'IPv6' && info.scopeid !== 0);
const skip = LINK_LOCAL === undefined && 'needs an interface with an IPv6 link-local address';

test("a zone is the interface's number to the kernel, and its name to people", { skip }, () => {
  const { zone, info } = LINK_LOCAL!;
  const scopeId = info.family === 'IPv6' ? info.scopeid : 0;
  const named = { address: `${info.address}%${zone}`, port: 10_000 };
  const bytes = encodeSockaddr(named);
  assert.equal(Buffer.from(bytes).readUInt32LE(24), scopeId);
  assert.deepEqual(decodeSockaddr(bytes), named);
  const numbered = encodeSockaddr({ address: `${info.address}%${scopeId}`, port: 10_000 });
  assert.deepEqual(numbered, bytes);
  assert.equal(zoneName(scopeId), zone);
});

test('a zone whose interface has gone is its number', () => {
  assert.equal(zoneName(4_000_000_000), '4000000000');
});
