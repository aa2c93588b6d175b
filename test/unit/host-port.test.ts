import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHostPort } from '../../src/host-port.ts';

for (const [host, port, text] of [
  ['192.0.2.7', 7, '192.0.2.7:7'],
  ['host.example', 10_000, 'host.example:10000'],
  ['2001:db8::7', 7, '[2001:db8::7]:7'],
  ['fe80::1%eth0', 0, '[fe80::1%eth0]:0'],
] as const) {
  test(`${host} and ${port} are ${text}`, () => {
    assert.equal(formatHostPort(host, port), text);
  });
}
