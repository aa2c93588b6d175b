import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import {
  broadcastWord,
  broadcastWords,
  eachAddress,
  wildcardOrAddresses,
} from '../../../src/socket/bind-addresses.ts';

// By hand: every bit outside the mask set.
const BROADCASTS: readonly [address: string, netmask: string, word: number | undefined][] = [
  ['127.0.0.1', '255.0.0.0', 0x7fffffff], // 127.255.255.255
  ['192.168.1.7', '255.255.255.0', 0xc0a801ff], // 192.168.1.255
  ['172.16.5.9', '255.255.240.0', 0xac100fff], // 172.16.15.255
  ['10.0.0.130', '255.255.255.192', 0x0a0000bf], // 10.0.0.191
  ['192.0.2.5', '255.255.255.252', 0xc0000207], // 192.0.2.7
  ['192.0.2.4', '255.255.255.254', undefined], // /31, RFC 3021
  ['192.0.2.4', '255.255.255.255', undefined], // /32
  ['192.0.2.4', '0.0.0.0', 0xffffffff], // /0
];

for (const [address, netmask, word] of BROADCASTS) {
  test(`${address} with ${netmask} broadcasts to ${word?.toString(16) ?? 'nobody'}`, () => {
    assert.equal(broadcastWord(address, netmask), word);
  });
}

test("the loopback network's broadcast address is among this host's", () => {
  assert.ok(broadcastWords().includes(0x7fffffff));
});

const OWN_ADDRESSES = Object.values(networkInterfaces()).flatMap((infos) => infos ?? []);

test('where the asked address is not seen, 0.0.0.0 stands for every IPv4 address of this host', async () => {
  const own = OWN_ADDRESSES.filter(({ family }) => family === 'IPv4');
  const { addresses, allowMissing } = await eachAddress('0.0.0.0');
  assert.deepEqual([...addresses].sort(), own.map(({ address }) => address).sort());
  assert.equal(allowMissing, true);
});

test('where the asked address is not seen, :: stands for every address of this host, link-local ones with their zone', async () => {
  const { addresses, allowMissing } = await eachAddress('::');
  assert.equal(addresses.length, OWN_ADDRESSES.length);
  for (const info of OWN_ADDRESSES) {
    const needsZone = info.family === 'IPv6' && info.scopeid !== 0;
    const isListed = addresses.some((listed) =>
      needsZone ? listed.startsWith(`${info.address}%`) : listed === info.address,
    );
    assert.ok(isListed, `${info.address} is missing`);
  }
  assert.equal(allowMissing, true);
});

test('where the asked address is seen, a wildcard stays one, and :: takes IPv4 in', async () => {
  assert.deepEqual(await wildcardOrAddresses('0.0.0.0'), {
    addresses: ['0.0.0.0'],
    allowMissing: false,
  });
  assert.deepEqual(await wildcardOrAddresses('::'), {
    addresses: ['0.0.0.0', '::'],
    allowMissing: true,
  });
});

for (const resolve of [eachAddress, wildcardOrAddresses]) {
  test(`a wildcard is one however it is written, for ${resolve.name}`, async () => {
    assert.deepEqual(await resolve('::0'), await resolve('::'));
    assert.deepEqual(await resolve('0:0:0:0:0:0:0:0'), await resolve('::'));
    assert.deepEqual(await resolve('::ffff:0.0.0.0'), await resolve('0.0.0.0'));
  });

  test(`localhost may miss an address, and one given as such may not, for ${resolve.name}`, async () => {
    assert.equal((await resolve('localhost')).allowMissing, true);
    assert.deepEqual(await resolve('127.0.0.1'), {
      addresses: ['127.0.0.1'],
      allowMissing: false,
    });
  });
}
