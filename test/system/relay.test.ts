// echogram impair between hosts: with peers in Python, with OpenSSL's DTLS, and against forged sources.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { RelayCounters } from '../../src/index.ts';
import { until } from '../helpers/deadline.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { peerPath } from '../helpers/peers.ts';
import { type Program } from '../helpers/programs.ts';
import { firstSkip, needsNamespaces, needsProgram } from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const skip = firstSkip(needsNamespaces(), needsProgram('python3'));

const SERVER_PORT = '7000';
const RELAY_PORT = '7001';
const BEYOND = ['--host', '10.77.0.2', '--allow', '10.77.0.0/24'];

/** A relay on a host, to a server on the same host. */
async function startRelay(
  t: TestContext,
  host: NetworkNamespace,
  ...flags: readonly string[]
): Promise<Program> {
  const to = `127.0.0.1:${SERVER_PORT}`;
  const relay = host.startEchogram(t, 'impair', '--json', '--to', to, '-p', RELAY_PORT, ...flags);
  await relay.untilStdout(/"listening".*\n/);
  return relay;
}

/** Ends the relay and returns its final counts. */
async function countersOf(relay: Program): Promise<RelayCounters> {
  relay.child.kill('SIGINT');
  const { exitCode, stdout } = await relay.ended();
  assert.equal(exitCode, 0);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as RelayCounters;
}

test('counts of a relay are those that peers in Python see on both sides', { skip }, async (t) => {
  const [client, host] = NetworkNamespace.createPair(t);
  const server = host.start(t, 'python3', peerPath('echo_server.py'), SERVER_PORT, '127.0.0.1');
  await server.untilStdout(/starting up/);
  const plans = ['--forward', 'loss=10%,delay=5ms±5ms,seed=42', '--backward', 'loss=20%,seed=7'];
  const relay = await startRelay(t, host, ...BEYOND, ...plans);
  const steady = [peerPath('steady_client.py'), '10.77.0.2', RELAY_PORT, '500', '1000'];
  const asker = await client.start(t, 'python3', ...steady).ended();
  const { sent, received } = JSON.parse(asker.stdout.trimEnd().split('\n').at(-1)!) as {
    sent: number;
    received: number;
  };
  const { forward, backward } = await countersOf(relay);
  assert.equal(sent, 1000);
  assert.equal(forward.receivedDatagrams, 1000);
  assert.equal(forward.forwardedDatagrams, 1000 - forward.impaired.lost);
  assert.equal(server.stdout.match(/^received 64 bytes/gm)?.length, forward.forwardedDatagrams);
  assert.equal(backward.receivedDatagrams, forward.forwardedDatagrams);
  assert.equal(backward.forwardedDatagrams, backward.receivedDatagrams - backward.impaired.lost);
  assert.equal(received, backward.forwardedDatagrams);
  // Five standard deviations, √(n p q): 100 ± 5 × 9.5, some 180 ± 5 × 12.
  assert.ok(Math.abs(forward.impaired.lost - 100) <= 48, String(forward.impaired.lost));
  assert.ok(Math.abs(backward.impaired.lost - 180) <= 60, String(backward.impaired.lost));
});

/** Answers each datagram with ten of its size. */
const TENFOLD = `
  const socket = require('node:dgram').createSocket('udp4');
  socket.on('message', (payload, { port, address }) => {
    for (let copy = 0; copy < 10; copy++) socket.send(payload, port, address);
  });
  socket.bind(${SERVER_PORT}, '127.0.0.1', () => console.log('bound'));`;

async function startTenfold(t: TestContext, host: NetworkNamespace): Promise<void> {
  await host.start(t, process.execPath, '-e', TENFOLD).untilStdout(/bound/);
}

test(
  'who forges a source address gains three times its bytes, until its fourth datagram',
  { skip },
  async (t) => {
    const [victim, host] = NetworkNamespace.createPair(t);
    await startTenfold(t, host);
    const relay = await startRelay(t, host, ...BEYOND);
    const forge = [peerPath('forge.py'), '10.77.0.1', '5000', '10.77.0.2', RELAY_PORT];
    // Each datagram is sent after the replies to the one before, of which the victim's system knows nothing.
    for (const [repliedDatagrams, returnedBytes] of [
      [10, 300],
      [20, 600],
      [30, 900],
      // It has "answered" three times, and can't be told from a client.
      [40, 1900],
    ]) {
      victim.run('python3', ...forge, 'x'.repeat(100));
      const backward = `"backward":\\{"receivedDatagrams":${repliedDatagrams},`;
      await relay.untilStdout(new RegExp(`${backward}[^\n]*"forwardedBytes":${returnedBytes},`));
    }
    await relay.untilStderr(
      /replies to 10\.77\.0\.1:5000 beyond three times .* until it has answered 3 replies/,
    );
    const { forward, backward } = await countersOf(relay);
    assert.equal(forward.receivedBytes, 400);
    assert.equal(backward.refused.amplification, 21);
  },
);

test('a client that answers gets all that come', { skip }, async (t) => {
  const [client, host] = NetworkNamespace.createPair(t);
  await startTenfold(t, host);
  const relay = await startRelay(t, host, ...BEYOND);
  // Three replies come at first, three more to the first and the second answer, ten to the third.
  const script = `
    const socket = require('node:dgram').createSocket('udp4');
    let got = 0;
    socket.on('message', () => {
      got++;
      if (got % 3 === 0 && got <= 9) socket.send('again', ${RELAY_PORT}, '10.77.0.2');
      if (got === 19) console.log('all');
    });
    socket.send('hello', ${RELAY_PORT}, '10.77.0.2');`;
  await client.start(t, process.execPath, '-e', script).untilStdout(/all/);
  const { backward } = await countersOf(relay);
  assert.equal(backward.forwardedDatagrams, 19);
  assert.equal(backward.refused.amplification, 21);
});

test('beyond the allowed networks nothing is forwarded', { skip }, async (t) => {
  const [client, host] = NetworkNamespace.createPair(t);
  await startTenfold(t, host);
  const relay = await startRelay(t, host, '--host', '10.77.0.2', '--allow', '10.77.0.128/25');
  client.run(
    'python3',
    peerPath('forge.py'),
    '10.77.0.1',
    '5000',
    '10.77.0.2',
    RELAY_PORT,
    'x',
    'y',
  );
  await relay.untilStdout(/"denied-source":2/);
  const { forward, sources } = await countersOf(relay);
  assert.equal(forward.forwardedDatagrams, 0);
  assert.equal(sources.opened, 0);
});

test('a forged source that is the relay itself makes no loop', { skip }, async (t) => {
  const [client, host] = NetworkNamespace.createPair(t);
  host.run(
    'sysctl',
    '-qw',
    'net.ipv4.conf.all.accept_local=1',
    'net.ipv4.conf.wire.accept_local=1',
  );
  host.run('sysctl', '-qw', 'net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.wire.rp_filter=0');
  await startTenfold(t, host);
  const relay = await startRelay(t, host, ...BEYOND);
  client.run(
    'python3',
    peerPath('forge.py'),
    '10.77.0.2',
    RELAY_PORT,
    '10.77.0.2',
    RELAY_PORT,
    'x',
  );
  await relay.untilStdout(/"own-address":1/);
  const { forward } = await countersOf(relay);
  assert.deepEqual([forward.receivedDatagrams, forward.forwardedDatagrams], [1, 0]);
});

/** A key and a certificate that nobody has signed. */
function makeCertificate(t: TestContext): { key: string; certificate: string } {
  const folder = temporaryFolder(t);
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=relay.test'];
  const { status, stderr } = spawnSync('openssl', [...made, '-keyout', key, '-out', certificate], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return { key, certificate };
}

const dtls = { skip: firstSkip(needsNamespaces(), needsProgram('openssl')) };

// By this seed the second datagram of the client is lost, and the third of the server.
const DTLS_PLAN = ['--plan', 'loss=20%,delay=2ms,seed=861'];

for (const [where, address, flags] of [
  ['on one host', '127.0.0.1', []],
  ['between hosts', '10.77.0.2', BEYOND],
] as const) {
  test(`a DTLS handshake succeeds through 20 % loss each way, ${where}`, dtls, async (t) => {
    const [outside, host] = NetworkNamespace.createPair(t);
    const { key, certificate } = makeCertificate(t);
    const listen = ['-dtls1_2', '-accept', `127.0.0.1:${SERVER_PORT}`];
    const proof = ['-key', key, '-cert', certificate, '-quiet'];
    const server = host.start(t, 'openssl', 's_server', ...listen, ...proof);
    await until(() => host.run('ss', '-lnuH').includes(`:${SERVER_PORT}`), 's_server to listen');
    const relay = await startRelay(t, host, ...flags, ...DTLS_PLAN);
    const connect = ['-dtls1_2', '-connect', `${address}:${RELAY_PORT}`];
    const from = address === '127.0.0.1' ? host : outside;
    const client = from.start(t, 'openssl', 's_client', ...connect);
    await client.untilStdout(/Cipher is ECDHE-RSA/);
    // The handshake is complete on both sides once what one encrypts is read by the other; one may be lost.
    const saying = setInterval(() => client.child.stdin?.write('a secret\n'), 50);
    t.after(() => {
      clearInterval(saying);
    });
    await server.untilStdout(/a secret\n/);
    clearInterval(saying);
    client.child.kill('SIGKILL');
    const { forward, backward } = await countersOf(relay);
    assert.ok(forward.impaired.lost > 0 && backward.impaired.lost > 0);
    const { lost, overflowed } = forward.impaired;
    assert.equal(forward.receivedDatagrams, forward.forwardedDatagrams + lost + overflowed);
  });
}
