// When another address of this host is looked for, and which one may take the place of its address.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressLooks, maySucceed } from '../../../src/socket/address-change.ts';

const MS = 1e6;

test('looks once a second, and every 200 ms after sends that fail without an address', () => {
  const looks = new AddressLooks();
  const due = (atMs: number): boolean => looks.isDue(atMs * MS);
  assert.deepEqual([999, 1000, 1001, 1999].map(due), [false, true, false, false]);
  looks.failSend('ENETUNREACH');
  assert.deepEqual([1199, 1200].map(due), [false, true]);
  // What a firewall refuses says nothing of the address.
  looks.failSend('EPERM');
  assert.deepEqual([1499, 2199, 2200].map(due), [false, false, true]);
});

test('nothing heard for a second is silence, if probes were sent', () => {
  const looks = new AddressLooks();
  const isSilent = (atMs: number): boolean => looks.isSilent(atMs * MS);
  looks.send(2);
  assert.equal(isSilent(5000), false);
  looks.send(1);
  assert.deepEqual([999, 1000].map(isSilent), [false, true]);
  looks.hear(1000 * MS);
  assert.equal(isSilent(3000), false);
  looks.send(3);
  assert.deepEqual([1999, 2000].map(isSilent), [false, true]);
});

for (const [from, to, wanted] of [
  ['192.0.2.1', '192.0.2.7', true],
  ['192.0.2.1', '192.0.2.1', false],
  ['192.0.2.1', '127.0.0.1', false],
  ['192.0.2.1', '169.254.3.4', false],
  ['169.254.3.4', '192.0.2.1', false],
  ['169.254.3.4', '169.254.7.8', true],
  ['127.0.0.2', '127.0.0.1', true],
  ['2001:db8::1', '2001:db8::7', true],
  ['2001:db8::1', 'fe80::1', false],
  ['2001:db8::1', 'febf::1', false],
  ['2001:db8::1', 'fec0::1', true],
  ['2001:db8::1', '::1', false],
  ['fe80::1', 'fe80::2', true],
] as const) {
  test(`${to} ${wanted ? 'takes' : 'does not take'} the place of ${from}`, () => {
    assert.equal(maySucceed(from, to), wanted);
  });
}
