// What a server's user is told as it starts: each warning where its condition holds, and beside it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { warningsFor } from '../../../src/server/server-warnings.ts';
import type { SocketAddress } from '../../../src/socket/ip-address.ts';

const LOOPBACK = { address: '127.0.0.1', port: 7 };
const OPEN = { address: '192.0.2.1', port: 7 };

type Engine = Parameters<typeof warningsFor>[0];
type Options = Parameters<typeof warningsFor>[1];

interface Setting {
  readonly addresses?: readonly SocketAddress[];
  readonly grantedBytes?: number | null;
  readonly limitPps?: number;
  readonly answerAnyPort?: boolean;
}

function warningsWith({
  addresses = [OPEN],
  grantedBytes = 4096,
  ...others
}: Setting = {}): string {
  const buffer = { askedBytes: 4096, grantedBytes };
  const engine = { receiveBuffer: buffer, sendBuffer: buffer, services: [{ addresses }] };
  const options = { limitPps: 1000, answerAnyPort: false, ...others };
  return warningsFor(engine as unknown as Engine, options as Options).join('\n');
}

test('a buffer that was granted, or of which the system does not tell, is no reason to warn', () => {
  assert.equal(warningsWith(), '');
  assert.equal(warningsWith({ grantedBytes: null }), '');
  const smaller = warningsWith({ grantedBytes: 4095 });
  assert.match(smaller, /^the receive buffer is 4,095 bytes instead of 4,096, .*rmem_max=4096\)$/m);
  assert.match(smaller, /^the send buffer is 4,095 bytes instead of 4,096, .*wmem_max=4096\)$/m);
});

test('a server without a limit is warned of where one of its addresses is not the loopback', () => {
  const noLimit = /^replies per source are not limited/;
  assert.match(warningsWith({ limitPps: 0 }), noLimit);
  assert.match(warningsWith({ limitPps: 0, addresses: [LOOPBACK, OPEN] }), noLimit);
  assert.equal(warningsWith({ limitPps: 0, addresses: [LOOPBACK] }), '');
  assert.equal(warningsWith({ limitPps: 1 }), '');
});

test('a server that answers every port is warned of', () => {
  assert.match(
    warningsWith({ answerAnyPort: true }),
    /^every source port is answered.*CVE-2024-2169/,
  );
});
