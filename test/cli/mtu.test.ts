// echogram mtu on this host: what it prints, its errors and its exit codes. test/system/mtu has paths with limits.

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { serve, type MtuResult } from '../../src/index.ts';
import { mtuViolations } from '../helpers/json-schema.ts';
import { runEchogram, startEchogram } from '../helpers/programs.ts';
import { needsLinuxEngine } from '../helpers/skips.ts';
import { closedPort } from '../helpers/udp.ts';

const HOST = '127.0.0.1';

for (const engine of ['linux', 'portable'] as const) {
  const skip = engine === 'linux' ? needsLinuxEngine() : false;

  test(`on loopback the longest datagram passes (${engine})`, { skip }, async (t) => {
    await using server = await serve({ host: HOST, port: 0 });
    const target = `${HOST}:${server.port}`;
    const { stdout, stderr, exitCode } = await runEchogram(t, [
      'mtu',
      target,
      '--engine',
      engine,
      '--json',
    ]);
    assert.equal(exitCode, 0, stderr);
    const result = JSON.parse(stdout) as MtuResult;
    assert.deepEqual(mtuViolations(result), []);
    // RFC 791: 65,535 octets less the headers of IP and UDP.
    assert.equal(result.echoedPayload, 65_507);
    assert.equal(result.verdict.code, engine === 'linux' ? 'FOUND' : 'LARGEST_ECHO');
    assert.equal(result.forward.limitedBy, engine === 'linux' ? 'none-up-to' : 'unknown');
  });

  test(`a server that cuts replies off is recognized (${engine})`, { skip }, async (t) => {
    const target = `${HOST}:${await shortBufferServer(t)}`;
    const { stdout } = await runEchogram(t, ['mtu', target, '--engine', engine, '--json']);
    const { replyPayloadLimit, echoedPayload } = JSON.parse(stdout) as MtuResult;
    assert.equal(replyPayloadLimit, 1024);
    assert.ok(echoedPayload! <= 1024);
  });
}

test('the sizes tried are a table with --verbose', { skip: needsLinuxEngine() }, async (t) => {
  await using server = await serve({ host: HOST, port: 0 });
  const target = `${HOST}:${server.port}`;
  const { stdout } = await runEchogram(t, ['mtu', target, '--verbose']);
  assert.match(stdout, /^path MTU to 127\.0\.0\.1:\d+, echo\nThere: 65,535 octets/);
  assert.match(stdout, /^ *size +payload +fragmented +sent +whole +in fragments +lost +ICMP$/m);
  assert.match(stdout, /^65535 +65507 +never +\d +\d +0 +0 +-$/m);
});

test('a limit that does not hold is exit code 1', { skip: needsLinuxEngine() }, async (t) => {
  const port = await shortBufferServer(t);
  const { stderr, exitCode } = await runEchogram(t, [
    'mtu',
    `${HOST}:${port}`,
    '--min-mtu',
    '1500',
  ]);
  assert.equal(exitCode, 1);
  assert.equal(
    stderr,
    'echogram: --min-mtu 1500 does not hold: at most 1,052 octets are known to pass both ways\n',
  );
});

test('nobody answers: exit code 1, and why', async (t) => {
  const port = await closedPort(t, HOST);
  const { stdout, exitCode } = await runEchogram(t, ['mtu', `${HOST}:${port}`, '--verbose']);
  assert.equal(exitCode, 1);
  assert.match(stdout, /127\.0\.0\.1 is up, but nothing listens on port \d+/);
  // Five small ones, each answered by ICMP "port unreachable"; none is lost.
  assert.match(stdout, /^ *\d+ +\d+ +never +5 +0 +0 +0 +5 other than "too big"$/m);
});

test(
  'stopped, it tells what it knows by then: exit code 1',
  { skip: needsLinuxEngine() },
  async (t) => {
    const socket = createSocket('udp4');
    t.after(() => socket.close());
    socket.bind(0, HOST);
    await once(socket, 'listening');
    const target = `${HOST}:${socket.address().port}`;
    const program = startEchogram(t, ['mtu', target, '--json']);
    let isStopped = false;
    // It answers no longer one: the search can't be over before the signal comes.
    socket.on('message', (payload, { port, address }) => {
      if (payload.length <= 1024) socket.send(payload, port, address);
      else if (!isStopped) isStopped = program.child.kill('SIGINT');
    });
    const { stdout, exitCode } = await program.ended();
    const result = JSON.parse(stdout) as MtuResult;
    assert.deepEqual(mtuViolations(result), []);
    assert.deepEqual(
      [exitCode, result.endedBy.code, result.verdict.code],
      [1, 'SIGINT', 'STOPPED'],
    );
    assert.equal(result.forward.mtu, null);
  },
);

test('a server of another protocol is recognized', async (t) => {
  await using server = await serve({ host: HOST, port: 0 });
  const target = `${HOST}:${server.port}`;
  const { stdout, exitCode } = await runEchogram(t, ['mtu', target, '--protocol', 'stamp']);
  assert.equal(exitCode, 1);
  assert.match(
    stdout,
    /gives no valid STAMP reply: it is a plain echo server; search with --protocol echo\./,
  );
});

for (const [size, got] of [
  ['70000', '`70000`'],
  ['67', '`67`'],
  ['1500.5', '`1500.5`'],
] as const) {
  test(`--min-mtu ${size} is refused`, async (t) => {
    const { stderr, exitCode } = await runEchogram(t, ['mtu', HOST, '--min-mtu', size]);
    assert.equal(exitCode, 2);
    assert.equal(
      stderr,
      `echogram: --min-mtu must be a whole number from 68 to 65535, got ${got}\n`,
    );
  });
}

test('a key without STAMP is refused', async (t) => {
  const { stderr, exitCode } = await runEchogram(t, ['mtu', HOST, '--key-file', 'none']);
  assert.equal(exitCode, 2);
  assert.match(stderr, /^echogram: --key-file must be used with --protocol stamp/);
});

/** An echo server whose buffer has 1,024 octets, as in many lessons. @returns its port */
async function shortBufferServer(t: TestContext): Promise<number> {
  const socket = createSocket('udp4', (payload, { port, address }) => {
    socket.send(payload.subarray(0, 1024), port, address);
  });
  t.after(() => socket.close());
  socket.bind(0, HOST);
  await once(socket, 'listening');
  return socket.address().port;
}
