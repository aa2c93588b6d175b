// A sandbox without AF_NETLINK (systemd's RestrictAddressFamilies=AF_INET AF_INET6): the list of this
// host's addresses is refused, and everything else goes on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HERE, JsonServer } from '../helpers/json-server.ts';
import { needsLinuxEngine } from '../helpers/linux.ts';
import { peerPath } from '../helpers/peers.ts';
import { BIN } from '../helpers/programs.ts';
import { firstSkip, needsProgram } from '../helpers/skips.ts';
import { UdpPeer } from '../helpers/udp.ts';

const skip = firstSkip(needsLinuxEngine(), needsProgram('python3'));

/** AF_NETLINK is 16. */
const REFUSED = ['python3', peerPath('refuse.py'), 'socket:0=16=EAFNOSUPPORT'];

for (const engine of ['linux', 'portable']) {
  for (const host of ['0.0.0.0', '::', '127.0.0.1']) {
    test(`${host} is served without a list of addresses (${engine})`, { skip }, async (t) => {
      const args = ['--engine', engine, '--host', host];
      const command = [...REFUSED, process.execPath, BIN];
      const server = await JsonServer.startAs(t, HERE, command, ...args);
      const peer = await UdpPeer.open(t);
      await peer.send('hello', server.port);
      assert.equal((await peer.next('an echo')).payload.toString(), 'hello');
      await server.stop();
      const { stderr } = server.program;
      assert.match(stderr, /^echogram: warning: the system refuses to list .* networks/m);
      const isGuess = engine === 'portable' && host !== '127.0.0.1';
      const guesses =
        stderr.match(/may reply from a different address than the request was sent to/g) ?? [];
      assert.equal(guesses.length, isGuess ? 1 : 0, stderr);
    });
  }
}
