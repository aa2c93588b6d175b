// The command that answers if nothing listens: what it binds follows from who asked, and for what.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serveCommand } from '../../../src/client/serve-command.ts';

const ECHO = { protocol: 'echo', isAuthenticated: false } as const;
const STAMP = { protocol: 'stamp', isAuthenticated: false } as const;

for (const [asked, flags] of [
  [{ host: '127.0.0.1', addresses: ['127.0.0.1'], port: 10_000, ...ECHO }, ''],
  [{ host: 'localhost', addresses: ['::1', '127.0.0.1'], port: 10_000, ...ECHO }, ''],
  [{ host: 'localhost', addresses: ['::1'], port: 10_000, ...ECHO }, ''],
  // Not everywhere is localhost ::1 too.
  [{ host: 'printer', addresses: ['::1'], port: 10_000, ...ECHO }, ' --host ::1'],
  [{ host: 'printer', addresses: ['127.0.0.1'], port: 7000, ...ECHO }, ' --port 7000'],
  // Without --host it is localhost that is bound.
  [{ host: 'printer', addresses: ['127.0.0.2'], port: 10_000, ...ECHO }, ' --host 127.0.0.2'],
  [{ host: 'printer', addresses: ['192.0.2.7'], port: 10_000, ...ECHO }, ' --host 0.0.0.0'],
  [{ host: 'printer', addresses: ['192.0.2.7'], port: 7, ...ECHO }, ' --host 0.0.0.0 --port 7'],
  [{ host: 'printer', addresses: ['2001:db8::7'], port: 10_000, ...ECHO }, ' --host ::'],
  [{ host: 'printer', addresses: ['fe80::7%eth0'], port: 10_000, ...ECHO }, ' --host ::'],
  // :: answers IPv4 too.
  [
    { host: 'printer', addresses: ['192.0.2.7', '2001:db8::7'], port: 10_000, ...ECHO },
    ' --host ::',
  ],
  [{ host: 'printer', addresses: ['127.0.0.1'], port: 862, ...STAMP }, ' --stamp'],
  [
    { host: 'printer', addresses: ['192.0.2.7'], port: 8620, ...STAMP },
    ' --host 0.0.0.0 --stamp 8620',
  ],
  [
    { host: 'printer', addresses: ['127.0.0.1'], port: 10_000, ...STAMP },
    ' --port 0 --stamp 10000',
  ],
  [
    {
      host: 'printer',
      addresses: ['192.0.2.7'],
      port: 862,
      protocol: 'stamp',
      isAuthenticated: true,
    },
    ' --host 0.0.0.0 --stamp --key-file FILE',
  ],
  [
    {
      host: 'printer',
      addresses: ['192.0.2.7'],
      port: 7,
      protocol: 'udp-echo-plus',
      isAuthenticated: false,
    },
    ' --host 0.0.0.0 --port 7 --udp-echo-plus',
  ],
] as const) {
  const { host, addresses, port, protocol } = asked;
  test(`${protocol} of ${host} at ${addresses.join(' and ')} port ${port} is answered by serve${flags}`, () => {
    assert.equal(serveCommand(asked), `echogram serve${flags}`);
  });
}
