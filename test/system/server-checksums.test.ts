// What came to a server with a wrong UDP checksum is told from what its receive buffer had no room for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENGINES } from '../helpers/engines.ts';
import { JsonServer } from '../helpers/json-server.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { peerPath } from '../helpers/peers.ts';
import { firstSkip, needsNamespaces, needsProgram } from '../helpers/skips.ts';

const WRONG = 20;

const skipNeeds = firstSkip(needsNamespaces(), needsProgram('python3'));

/** Linux checks up to 76 octets, header included, before it looks whose a datagram is. */
for (const [what, payloadBytes, counted] of [
  ['long', 69, WRONG],
  ['short', 68, 0],
] as const) {
  for (const { engine, skip } of ENGINES) {
    test(
      `${what} datagrams with a wrong checksum are counted as that (${engine})`,
      { skip: firstSkip(skip, skipNeeds) },
      async (t) => {
        const [client, host] = NetworkNamespace.createPair(t);
        await client.untilRunning('wire');
        const server = await JsonServer.start(
          t,
          host,
          ...['--host', '10.77.0.2', '--engine', engine, '--workers', '1'],
        );
        client.run(
          ...['python3', peerPath('wrong_checksums.py'), '10.77.0.1', '10.77.0.2'],
          ...[server.port, WRONG, payloadBytes].map(String),
        );
        const { receivedDatagrams, kernelDrops } = await server.stop();
        assert.equal(receivedDatagrams, 1);
        const told = engine === 'linux' && counted > 0;
        // node:dgram can't ask, so the portable engine does not know.
        assert.deepEqual(
          kernelDrops,
          engine === 'linux' ? { receiveBuffer: 0, checksum: counted, bufferOrChecksum: 0 } : null,
        );
        const sentence = `, ${WRONG} more dropped by this host: wrong UDP checksum\n`;
        assert.equal(server.program.stderr.includes(sentence), told, server.program.stderr);
      },
    );
  }
}
