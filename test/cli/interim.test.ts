// SIGQUIT asks for the numbers so far, as it does ping(8), and ends nothing that has some.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { send } from '../../src/index.ts';
import { until } from '../helpers/deadline.ts';
import { ENGINES } from '../helpers/engines.ts';
import { BIN, Program, startEchogram, startServer } from '../helpers/programs.ts';
import { firstSkip, needsLinux, needsProgram, type Skip } from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { UdpPeer } from '../helpers/udp.ts';

const noSigquit: Skip = process.platform === 'win32' ? 'Windows has no SIGQUIT' : false;

const TIME = String.raw`[\d.]+ [mµn]?s`;

/** Both lines, of a measurement in which one of three probes was answered. */
const NUMBERS = new RegExp(
  String.raw`^echogram: after ${TIME}: 3 probes sent, 1 received, 0 lost, 0 late, 2 waited for
echogram: rtt min (${TIME}), p50 \1, p99 \1, max \1\n`,
  'm',
);

for (const { engine, skip } of ENGINES) {
  test(
    `ping tells the numbers so far for SIGQUIT, and goes on (${engine})`,
    { skip: firstSkip(noSigquit, skip) },
    async (t) => {
      const peer = await UdpPeer.open(t);
      const flags = ['-c', '3', '-i', '10ms', '-W', '1h', '--engine', engine];
      const client = startEchogram(t, ['ping', `127.0.0.1:${peer.port}`, ...flags]);
      const probes = [await peer.next('a probe'), await peer.next('a probe'), await peer.next()];
      const [first, ...others] = probes;
      await peer.send(first!.payload, first!.port);
      await client.untilStdout(/^reply seq=0/m);
      client.child.kill('SIGQUIT');
      await client.untilStderr(NUMBERS);
      // It still waits for the others, whose hour is not over.
      for (const { payload, port } of others) await peer.send(payload, port);
      const { stdout, stderr, exitCode } = await client.ended();
      assert.match(stdout, /^3 probes sent, 3 received, 0 lost \(0 %\), 0 late$/m);
      assert.equal(stderr.replace(NUMBERS, ''), '');
      assert.equal(exitCode, 0);
    },
  );
}

test('SIGQUIT ends nothing while the program is loaded', { skip: needsLinux() }, async (t) => {
  const peer = await UdpPeer.open(t);
  const client = startEchogram(t, ['ping', `127.0.0.1:${peer.port}`, '-c', '1', '-W', '20s']);
  await until(() => isCaught(client.child.pid!, 'SIGQUIT'), 'the program to listen');
  client.child.kill('SIGQUIT');
  const { payload, port } = await peer.next('a probe');
  await peer.send(payload, port);
  assert.equal((await client.ended()).exitCode, 0);
});

test(
  'before the first probe SIGQUIT says that none was sent',
  { skip: firstSkip(needsLinux(), needsProgram('mkfifo')) },
  async (t) => {
    const peer = await UdpPeer.open(t);
    const pipe = join(temporaryFolder(t), 'pipe');
    assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
    const client = startEchogram(t, ['ping', `127.0.0.1:${peer.port}`, '-c', '1', '--csv', pipe]);
    await until(() => isCaught(client.child.pid!, 'SIGQUIT'), 'the program to listen');
    // The command may not have begun yet.
    const asking = setInterval(() => client.child.kill('SIGQUIT'), 100);
    t.after(() => {
      clearInterval(asking);
    });
    await client.untilStderr(/^echogram: no probe was sent yet\n/);
    clearInterval(asking);
    const reader = new Program(t, 'cat', [pipe]);
    const { payload, port } = await peer.next('a probe');
    await peer.send(payload, port);
    assert.equal((await client.ended()).exitCode, 0);
    assert.match((await reader.ended()).stdout, /^reply,/m);
  },
);

test(
  'serve tells its counts so far for SIGQUIT, and answers on',
  { skip: noSigquit },
  async (t) => {
    const { server, port } = await startServer(t, '--host', '127.0.0.1', '--udp-echo-plus');
    const options = { host: '127.0.0.1', port, timeoutMs: 20_000 };
    await send('abc', options);
    // What was answered is counted a moment after its reply has left.
    for (let asked = 1; !server.stderr.includes(': 1 answered,'); asked++) {
      server.child.kill('SIGQUIT');
      await server.untilStderr(new RegExp(`^(?:.*\n){${asked}}`));
    }
    await send('abc', options);
    server.child.kill('SIGTERM');
    const { stderr, exitCode } = await server.ended();
    const [end, last, ...before] = stderr.split('\n').reverse().slice(1);
    const told = (at: string, count: string): string =>
      `echogram: ${at}received ${count} answered, 0 refused, 0 not sent`;
    assert.deepEqual([end, exitCode], [told('', '2 datagrams (6 bytes): 2'), 0]);
    assert.equal(last, told('so far ', '1 datagram (3 bytes): 1'));
    assert.ok(
      before.every((line) => line === told('so far ', '1 datagram (3 bytes): 0')),
      stderr,
    );
  },
);

test('SIGQUIT ends send, which has no numbers', { skip: noSigquit }, async (t) => {
  const peer = await UdpPeer.open(t);
  const args = ['send', `127.0.0.1:${peer.port}`, '--timeout', '1h'];
  const withoutCore = ['-c', 'ulimit -c 0; exec "$0" "$@"', process.execPath, BIN];
  const client = new Program(t, 'sh', [...withoutCore, ...args]);
  await peer.next();
  client.child.kill('SIGQUIT');
  assert.equal((await client.ended()).signal, 'SIGQUIT');
});

/** Whether a program has a handler for the signal (proc(5), status). */
function isCaught(pid: number, signal: 'SIGQUIT'): boolean {
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(
    readFileSync(`/proc/${pid}/status`, 'latin1'),
  )![1]!;
  return (BigInt(`0x${caught}`) & (1n << BigInt(constants.signals[signal] - 1))) !== 0n;
}
