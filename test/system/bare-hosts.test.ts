// echogram where something is missing that is always there: /etc/hosts, the working directory, or the end
// of the system's check of a new address.

import assert from 'node:assert/strict';
import { rmdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { SessionResult } from '../../src/index.ts';
import { ENGINES } from '../helpers/engines.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { BIN, Program } from '../helpers/programs.ts';
import {
  firstSkip,
  needsIPv6,
  needsLinuxEngine,
  needsNamespaces,
  needsProgram,
} from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { UdpPeer } from '../helpers/udp.ts';

for (const { engine, skip: noEngine } of ENGINES) {
  const skip = firstSkip(needsNamespaces(), needsIPv6(), noEngine);

  test(
    `localhost is the loopback addresses without /etc/hosts (${engine})`,
    { skip },
    async (t) => {
      const host = NetworkNamespace.create(t);
      const server = host.startWithHosts(t, [], 'serve', '--json', '--engine', engine);
      const [listening] = await server.untilStdout(/.*"listening".*\n/);
      const { addresses } = JSON.parse(listening) as { addresses: { address: string }[] };
      assert.deepEqual(
        addresses.map(({ address }) => address),
        ['127.0.0.1', '::1'],
      );
      const args = ['ping', 'localhost', '-c', '2', '-i', '10ms', '-W', '20s', '--engine', engine];
      const { stdout, stderr, exitCode } = await host.startWithHosts(t, [], ...args).ended();
      assert.deepEqual([stderr, exitCode], ['', 0], stdout);
      const other = await host.startWithHosts(t, [], 'send', 'other.example').ended();
      assert.equal(other.exitCode, 2);
      assert.match(other.stderr, /cannot resolve host "other\.example"/);
    },
  );

  test(`serve waits for an address that is still tentative (${engine})`, { skip }, async (t) => {
    const [host] = NetworkNamespace.createPair(t);
    await host.untilRunning('wire');
    // Each takes a second (RFC 4862 section 5.1).
    host.run('sysctl', '-qw', 'net.ipv6.conf.wire.dad_transmits=2');
    host.run('ip', 'address', 'add', 'fd77::1/64', 'dev', 'wire');
    const args = ['serve', '--host', 'fd77::1', '--json', '--engine', engine];
    const server = host.startEchogram(t, ...args);
    await server.untilStdout(/"listening".*"fd77::1"/);
    const foreign = await host
      .startEchogram(t, 'serve', '--host', 'fd77::9', '--engine', engine)
      .ended();
    assert.match(
      foreign.stderr,
      /cannot bind fd77::9 port 10000: this host does not have that address/,
    );
  });
}

/** Starts `echogram` in a folder that is no more. */
function startNowhere(t: TestContext, ...args: readonly string[]): Program {
  const folder = join(temporaryFolder(t), 'gone');
  const script = 'mkdir "$0" && cd "$0" && rmdir "$0" && exec "$@"';
  return new Program(t, 'sh', ['-c', script, folder, process.execPath, BIN, ...args]);
}

test('works where the working directory is gone', { skip: needsLinuxEngine() }, async (t) => {
  const server = startNowhere(t, 'serve', '--host', '127.0.0.1', '--port', '0', '--json');
  const [listening] = await server.untilStdout(/.*"listening".*\n/);
  const { port, engine } = JSON.parse(listening) as { port: number; engine: string };
  assert.equal(engine, 'linux');
  const args = ['-c', '2', '-i', '10ms', '-W', '20s', '--json', `127.0.0.1:${port}`];
  const { stdout, stderr, exitCode } = await startNowhere(t, 'ping', ...args).ended();
  assert.equal(exitCode, 0, stderr);
  // The names of its files count from there.
  assert.match(stderr, /the working directory is gone, and Node cannot start a thread without one/);
  assert.equal((JSON.parse(stdout) as SessionResult).datagrams.received, 2);
});

test(
  'a worker that dies is replaced where the working directory has gone meanwhile',
  { skip: firstSkip(needsLinuxEngine(), needsProgram('strace')) },
  async (t) => {
    const folder = join(temporaryFolder(t), 'gone');
    // Each worker dies of the third receive, which the first or the second datagram brings.
    const inject = ['-e', 'trace=recvmmsg', '-e', 'inject=recvmmsg:error=EBADF:when=3'];
    const traced = ['strace', '-D', '-f', '-qq', '-o', '/dev/null', ...inject];
    const serve = [process.execPath, BIN, 'serve', '--engine', 'linux', '--port', '0'];
    const script = 'mkdir "$0" && cd "$0" && exec "$@"';
    const server = new Program(t, 'sh', ['-c', script, folder, ...traced, ...serve]);
    const [, port] = await server.untilStdout(/port (\d+)\n/);
    rmdirSync(folder);
    const peer = await UdpPeer.open(t);
    // What a worker that dies leaves in the socket is answered by the next one.
    while (!server.stderr.includes(' died (Error: recvmmsg EBADF) and is being restarted\n')) {
      await peer.send('knock', Number(port));
      await peer.next('the echo');
    }
    await peer.send('still there?', Number(port));
    await peer.next('the echo of a later worker');
    server.child.kill('SIGTERM');
    assert.equal((await server.ended()).exitCode, 0);
    assert.ok(!server.stderr.includes('uv_cwd'), server.stderr);
  },
);
