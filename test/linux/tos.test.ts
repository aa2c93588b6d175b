// What comes with a datagram beside its bytes: type of service, hop limit, time of arrival.

import assert from 'node:assert/strict';
import test from 'node:test';
import { SOCKET_CELLS } from '../../src/socket/counters.ts';
import { bindSocket } from '../../src/socket/linux/bind.ts';
import { LinuxSocket } from '../../src/socket/linux/linux-socket.ts';
import { until } from '../helpers/deadline.ts';
import { HERE, JsonServer } from '../helpers/json-server.ts';
import { libc, needsLinuxEngine } from '../helpers/linux.ts';
import { startPeer } from '../helpers/peers.ts';
import { firstSkip, needsIPv6, needsProgram } from '../helpers/skips.ts';
import { vector } from '../helpers/stamp.ts';
import { UdpPeer } from '../helpers/udp.ts';

const skip = firstSkip(needsLinuxEngine(), needsProgram('python3'));

/**
 * DSCP in the upper six bits, ECN in the lower two: EF (RFC 3246) and ECT(1), congestion
 * experienced (RFC 3168) alone, CS1 (RFC 2474), best effort, and EF once more.
 */
const TYPES_OF_SERVICE = [0xb9, 0x03, 0x20, 0x00, 0xb8].map(String);

for (const [address, args, expected] of [
  ['127.0.0.1', ['--mirror-tos'], TYPES_OF_SERVICE],
  ['::1', ['--mirror-tos'], TYPES_OF_SERVICE],
  ['127.0.0.1', ['--mirror-tos', '--no-gro', '--no-gso'], TYPES_OF_SERVICE],
  ['127.0.0.1', [], ['0', '0', '0', '0', '0']],
  ['::1', [], ['0', '0', '0', '0', '0']],
] as const) {
  const what =
    args.length === 0 ? 'leaves DSCP and ECN at zero' : `mirrors them (${args.join(' ')})`;

  test(
    `${what} over ${address}, also for replies that leave together`,
    { skip: firstSkip(skip, address === '::1' && needsIPv6()) },
    async (t) => {
      const server = await JsonServer.start(t, HERE, '--host', address, ...args);
      // All are waiting before the server takes the first: one batch, one client.
      server.signal('SIGSTOP');
      const port = String(server.port);
      const client = startPeer(t, 'tos_client.py', address, port, ...TYPES_OF_SERVICE);
      await client.untilStdout(/sent\n/);
      server.signal('SIGCONT');
      const [, replied = ''] = await client.untilStdout(/replied (.*)\n/);
      assert.deepEqual(replied.split(' '), expected);
    },
  );
}

/** EF and CS7 in a Class of Service TLV behind a STAMP packet (RFC 8972 section 4.4). */
const ASK_FOR_EF = '80040004b8000000';
const ASK_FOR_CS7 = '80040004e0000000';

for (const [what, tlv, args, expected] of [
  ['EF, which no stranger may ask for', ASK_FOR_EF, [], '32'],
  ['EF, which may be asked for', ASK_FOR_EF, ['--stamp-dscp', 'ef,AF41'], '184'],
  ['CS7 where EF may be asked for', ASK_FOR_CS7, ['--stamp-dscp', 'EF'], '32'],
  ['CS7 where anything may be', ASK_FOR_CS7, ['--stamp-dscp', 'all'], '224'],
] as const) {
  test(`a STAMP reply to a request of CS1 for ${what} has ${expected}`, { skip }, async (t) => {
    const server = await JsonServer.start(t, HERE, '--host', '127.0.0.1', '--stamp', '0', ...args);
    const port = String(server.listening.services[1]!.port);
    const payload = `${vector('V1').toString('hex')}${tlv}`;
    const client = startPeer(t, 'tos_client.py', '--payload', payload, '127.0.0.1', port, '32');
    const [, replied] = await client.untilStdout(/replied (.*)\n/);
    assert.equal(replied, expected);
  });
}

for (const address of ['127.0.0.1', '::1']) {
  test(
    `reports hop limit and time of arrival over ${address}`,
    { skip: firstSkip(skip, address === '::1' && needsIPv6()) },
    async (t) => {
      const features = {
        replyFromAsked: false,
        mirrorTos: false,
        metadata: true,
        fragments: true,
        gro: false,
        gso: false,
      };
      const options = {
        address,
        port: 0,
        receiveBufferBytes: 100_000,
        joinsGroup: false,
        features,
      };
      const socket = new LinuxSocket(
        libc,
        bindSocket(libc, options),
        new Float64Array(SOCKET_CELLS),
      );
      t.after(() => libc.close(socket.fd));
      const batch = socket.createBatch();
      const peer = await UdpPeer.open(t, address);
      for (const hopLimit of [17, 255]) {
        peer.socket.setTTL(hopLimit);
        const beforeMs = Date.now();
        await peer.send('when, and from how far?', socket.local.port, address);
        await until(() => socket.receive(batch) > 0, 'the datagram');
        const afterMs = Date.now();
        assert.equal(batch.hopLimits[0], hopLimit);
        const arrivalMs = batch.arrivalSeconds[0]! * 1000 + batch.arrivalNanoseconds[0]! / 1e6;
        // The kernel's clock is the one of Date.now, which tells whole milliseconds.
        assert.ok(
          arrivalMs >= beforeMs && arrivalMs < afterMs + 1,
          `${beforeMs} ≤ ${arrivalMs} < ${afterMs + 1}`,
        );
      }
    },
  );
}
