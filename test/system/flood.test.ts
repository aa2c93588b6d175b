// More than the server can take; refusals by the kernel of what it sent in groups; interfaces that go.

import assert from 'node:assert/strict';
import test from 'node:test';
import { until } from '../helpers/deadline.ts';
import { Flood } from '../helpers/flood.ts';
import { HERE, JsonServer, nonZero, total } from '../helpers/json-server.ts';
import { needsLinuxEngine, residentBytes, waitingBytes } from '../helpers/linux.ts';
import { messagesOf } from '../helpers/messages.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { peerPath } from '../helpers/peers.ts';
import { BIN, isStopped } from '../helpers/programs.ts';
import { firstSkip, needsNamespaces, needsProgram } from '../helpers/skips.ts';

const skip = firstSkip(needsLinuxEngine(), needsProgram('python3'));

const namespaceSkip = firstSkip(skip, needsNamespaces());

const MEBIBYTE = 1024 * 1024;

/** ECHOGRAM_FLOODS=15 is the long form of the test: 30 s, one flood after the other. */
const FLOODS = Number(process.env['ECHOGRAM_FLOODS'] ?? 1);

const FLOOD_SECONDS = '2.0';

const SEGMENTS = 64;

/**
 * More than two receive buffers of 8 MiB hold, which the kernel makes of the 4 MiB asked for: each
 * datagram takes at least 512 bytes (udp(7), SKB truesize).
 */
const TOO_MANY_CALLS = 1000;

for (const workers of ['1', '2']) {
  test(
    `bears a flood beyond the capacity of ${workers} workers, every drop accounted for`,
    { skip },
    async (t) => {
      // Without GRO the datagrams of a call come one by one, and the kernel counts them so; a run that
      // comes whole and finds no room is one drop to it.
      const args = ['--host', '127.0.0.1', '--no-gro', '--workers', workers];
      const server = await JsonServer.start(t, HERE, ...args);
      const to = { address: '127.0.0.1', port: server.port, flows: 16 };
      const floods = [new Flood(t, HERE, { ...to, amount: '200', segments: SEGMENTS })];
      let sent = await floods[0]!.sent();
      await until(() => waitingBytes(server.port) === 0, 'the end of a first, short flood');
      const before = residentBytes(server.pid);
      // On a busy machine a flood may be slower than the server. So one comes while the server is
      // stopped: its buffers overflow, however slowly that one is sent.
      server.signal('SIGSTOP');
      await until(() => isStopped(server.pid), 'a stopped server');
      floods.push(new Flood(t, HERE, { ...to, amount: `${TOO_MANY_CALLS}`, segments: SEGMENTS }));
      sent += await floods[1]!.sent();
      server.signal('SIGCONT');
      for (let number = 0; number < FLOODS; number++) {
        const flood = new Flood(t, HERE, { ...to, amount: FLOOD_SECONDS, segments: SEGMENTS });
        floods.push(flood);
        sent += await flood.sent();
      }
      await until(() => waitingBytes(server.port) === 0, 'the end of the flood');
      const grown = residentBytes(server.pid) - before;
      const after = new Flood(t, HERE, { ...to, amount: '160' });
      sent += await after.sent();
      await until(() => waitingBytes(server.port) === 0, 'the requests after the flood');
      const { receivedDatagrams, sentDatagrams, sendFailed, kernelDrops } = await server.stop();
      assert.equal(receivedDatagrams + (kernelDrops?.receiveBuffer ?? 0), sent);
      assert.ok((kernelDrops?.receiveBuffer ?? 0) > 0, 'nothing was dropped, so nothing is shown');
      assert.equal(sentDatagrams + total(sendFailed), receivedDatagrams);
      const countsAfter = await after.counts();
      assert.deepEqual(countsAfter, { sent: 160, echoes: 160, wrong: 0, dropped: 0 });
      const counts = [countsAfter, ...(await Promise.all(floods.map((flood) => flood.counts())))];
      const arrived = counts.reduce((sum, { echoes, dropped }) => sum + echoes + dropped, 0);
      assert.equal(arrived, sentDatagrams);
      assert.ok(counts.every(({ wrong }) => wrong === 0));
      assert.ok(grown < 16 * MEBIBYTE, `grew by ${grown} bytes`);
    },
  );
}

test(
  'sends one by one, with one warning, once the kernel refused a segmented send with EIO',
  { skip: firstSkip(skip, needsProgram('strace')) },
  async (t) => {
    // strace makes the second sendmmsg of each thread fail, as drivers of some interfaces do. The main thread
    // makes one, to see whether it may; a worker makes two at least, as there are more runs than a batch holds.
    const inject = ['-e', 'trace=sendmmsg', '-e', 'inject=sendmmsg:error=EIO:when=2'];
    // -D: strace stands aside, and signals reach the server.
    const strace = ['strace', '-D', '-f', '-qq', '-o', '/dev/null', ...inject];
    const command = [...strace, process.execPath, BIN];
    const server = await JsonServer.startAs(t, HERE, command, '--host', '127.0.0.1');
    const flood = new Flood(t, HERE, {
      address: '127.0.0.1',
      port: server.port,
      flows: 4,
      amount: '100',
      segments: 8,
    });
    assert.equal(await flood.sent(), 800);
    await until(() => waitingBytes(server.port) === 0, 'all to be taken');
    const { receivedDatagrams, sentDatagrams, sendFailed } = await server.stop();
    const { echoes, wrong } = await flood.counts();
    assert.deepEqual([receivedDatagrams, sentDatagrams, echoes, wrong], [800, 800, 800, 0]);
    assert.deepEqual(nonZero(sendFailed), {});
    const warnings = messagesOf(server.program.stderr).match(/^echogram: warning: .*$/gm) ?? [];
    assert.equal(warnings.length, 1, server.program.stderr);
    assert.match(warnings[0], /UDP GSO is off from now on: .*\(EIO\)/);
  },
);

test(
  'answers runs that are too long for the way back, in fragments',
  { skip: namespaceSkip },
  async (t) => {
    const [client, host] = NetworkNamespace.createPair(t);
    // The request fits its way, and the reply does not.
    host.run('ip', 'route', 'replace', '10.77.0.0/24', 'dev', 'wire', 'mtu', '1000');
    const server = await JsonServer.start(t, host, '--host', '10.77.0.2', '--limit', '1000000');
    const flood = new Flood(t, client, {
      address: '10.77.0.2',
      port: server.port,
      flows: 4,
      amount: '40',
      segments: 8,
      payloadBytes: 1200,
    });
    assert.equal(await flood.sent(), 320);
    await until(() => waitingBytes(server.port, server.pid) === 0, 'all to be taken');
    const { receivedDatagrams, sentDatagrams, sendFailed } = await server.stop();
    const { echoes, wrong } = await flood.counts();
    assert.deepEqual([receivedDatagrams, sentDatagrams, echoes, wrong], [320, 320, 320, 0]);
    assert.deepEqual(nonZero(sendFailed), {});
    assert.doesNotMatch(server.program.stderr, /GSO/);
  },
);

/** Puts the wire between two hosts back, after one of them lost it. */
async function reconnect(client: NetworkNamespace, host: NetworkNamespace): Promise<void> {
  client.run(
    ...['ip', 'link', 'add', 'wire', 'type', 'veth'],
    ...['peer', 'name', 'wire', 'netns', host.name],
  );
  for (const [side, address] of [
    [client, '10.77.0.1/24'],
    [host, '10.77.0.2/24'],
  ] as const) {
    side.run('ip', 'address', 'add', address, 'dev', 'wire');
    side.run('ip', 'link', 'set', 'wire', 'up');
  }
  for (const side of [client, host]) await side.untilRunning('wire');
}

for (const engine of ['linux', 'portable']) {
  for (const address of ['0.0.0.0', '10.77.0.2']) {
    test(
      `the ${engine} engine at ${address} serves on when its interface goes and comes back`,
      { skip: namespaceSkip },
      async (t) => {
        const [client, host] = NetworkNamespace.createPair(t);
        await host.untilRunning('wire');
        const server = await JsonServer.start(t, host, '--engine', engine, '--host', address);
        const ask = (from: NetworkNamespace, to: string): void => {
          from.run('python3', peerPath('ask.py'), String(server.port), to);
        };
        ask(client, '10.77.0.2');
        host.run('ip', 'link', 'delete', 'wire');
        if (address === '0.0.0.0') ask(host, '127.0.0.1');
        await reconnect(client, host);
        ask(client, '10.77.0.2');
        const { sentDatagrams, receiveErrors } = await server.stop();
        assert.deepEqual([sentDatagrams, receiveErrors], [address === '0.0.0.0' ? 3 : 2, 0]);
      },
    );
  }
}
