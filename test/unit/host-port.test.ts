import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatHostPort, parseHostPort } from '../../src/host-port.ts';
import { holds } from '../helpers/property.ts';

for (const [host, port, text] of [
  ['192.0.2.7', 7, '192.0.2.7:7'],
  ['host.example', 10_000, 'host.example:10000'],
  ['2001:db8::7', 7, '[2001:db8::7]:7'],
  ['::ffff:192.0.2.7', 7, '[::ffff:192.0.2.7]:7'],
  ['fe80::1%eth0', 0, '[fe80::1%eth0]:0'],
  ['fe80::1%en_0.100', 65_535, '[fe80::1%en_0.100]:65535'],
] as const) {
  test(`${host} and ${port} are ${text}`, () => {
    assert.equal(formatHostPort(host, port), text);
    assert.deepEqual(parseHostPort(text), { host, port });
  });
}

for (const [text, host] of [
  ['localhost', 'localhost'],
  ['192.0.2.7', '192.0.2.7'],
  ['127.1', '127.1'],
  ['::', '::'],
  // A port needs brackets: this is an address that ends with 7000.
  ['2001:db8::7000', '2001:db8::7000'],
  ['[2001:db8::7]', '2001:db8::7'],
  ['fe80::1%2', 'fe80::1%2'],
  ['[fe80::1%eth0]', 'fe80::1%eth0'],
] as const) {
  test(`${text} is a host without a port`, () => {
    assert.deepEqual(parseHostPort(text), { host, port: undefined });
  });
}

for (const text of [
  ...[
    '',
    ':',
    ':7',
    'host:',
    'host:x',
    'host:-1',
    'host:1e3',
    'host:65536',
    'host:100000',
    'a:b:c',
  ],
  ...['[]', '[]:7', '[::1', '::1]', '[::1]:', '[::1]7', '[[::1]]:7', '[::1]:7:8', 'x[::1]:7'],
  // Brackets are of IPv6 addresses alone.
  ...['[localhost]:7', '[192.0.2.7]:7'],
  // Without brackets none of these colons is that before a port.
  ...['fe80::1%eth0:7', '::ffff:192.0.2.7:7', '2001:db8:0:0:0:0:0:7:7000'],
  ...['fe80::1%', '[fe80::1%]:7', '7000', '7000:7', '[::1]:7\n'],
]) {
  test(`${JSON.stringify(text)} is no host with a port`, () => {
    assert.equal(parseHostPort(text), undefined);
  });
}

test('any IPv6 address with any zone and port is read back as it was written', () => {
  const zones = fc.constantFrom('', '%eth0', '%2', '%wlan_0', '%br-1.7');
  holds(
    fc.property(fc.ipV6(), zones, fc.integer({ min: 0, max: 65_535 }), (address, zone, port) => {
      const host = `${address}${zone}`;
      assert.deepEqual(parseHostPort(formatHostPort(host, port)), { host, port });
      assert.deepEqual(parseHostPort(host), { host, port: undefined });
    }),
  );
});
