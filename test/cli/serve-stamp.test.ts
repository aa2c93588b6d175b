// echogram serve --stamp and --udp-echo-plus as a program: what it says, and what bad input gets.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { HERE, JsonServer } from '../helpers/json-server.ts';
import { runEchogram, startServer } from '../helpers/programs.ts';
import { scrape } from '../helpers/exposition.ts';
import { vector } from '../helpers/stamp.ts';
import { until } from '../helpers/deadline.ts';
import { UdpPeer } from '../helpers/udp.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const KEY = '0123456789abcdef';

function keyFile(t: TestContext, content: string): string {
  const folder = temporaryFolder(t);
  const path = join(folder, 'key');
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

test('--stamp says where and how it answers STAMP, on standard error', async (t) => {
  const { server } = await startServer(t, '--stamp', '0');
  const [, port] = await server.untilStderr(
    /^echogram: stamp \(stateless, unauthenticated\) on localhost port (\d+)\n/m,
  );
  const peer = await UdpPeer.open(t);
  await peer.send(vector('V1'), Number(port));
  assert.equal((await peer.next('a STAMP reply')).payload.length, 44);
  await server.untilStdout(/received 44 bytes from [^\n]*\n\(stamp\)\nsent 44 bytes back to /);
  server.child.kill('SIGTERM');
  const { stderr } = await server.ended();
  assert.match(stderr, /^echogram: echo: received 0 datagrams \(0 bytes\): 0 answered/m);
  assert.match(stderr, /^echogram: stamp: received 1 datagram \(44 bytes\): 1 answered/m);
});

test('--stamp-stateful and --key-file say so, and no part of the key is printed', async (t) => {
  const args = ['--stamp', '0', '--stamp-stateful', '--key-file', keyFile(t, `${KEY}\n`)];
  const { server } = await startServer(t, ...args);
  await server.untilStderr(/stamp \(stateful, authenticated\) on localhost port/);
  server.child.kill('SIGTERM');
  const { stdout, stderr, exitCode } = await server.ended();
  assert.equal(exitCode, 0);
  assert.doesNotMatch(stdout + stderr, /0123456789|30313233/);
});

test('--json names each service, and that of each event', async (t) => {
  const server = await JsonServer.start(t, HERE, '--stamp', '0', '--host', '127.0.0.1');
  const names = server.listening.services.map(({ name }) => name);
  assert.deepEqual(names, ['echo', 'stamp']);
  const { port } = server.listening.services[1]!;
  const peer = await UdpPeer.open(t);
  const client = { address: '127.0.0.1', port: peer.port };
  await peer.send(vector('V1'), port);
  await peer.send(vector('V1').subarray(0, 40), port);
  const [lines] = await server.program.untilStdout(/{"event":"received"[^]*"refused".*\n/);
  const events = lines.trimEnd().split('\n');
  assert.deepEqual(
    events.map((line) => {
      const { time, ...rest } = JSON.parse(line) as Record<string, unknown>;
      assert.equal(typeof time, 'string');
      return rest;
    }),
    [
      { event: 'received', service: 'stamp', peer: client, payloadBytes: 44 },
      { event: 'sent', service: 'stamp', peer: client, payloadBytes: 44 },
      { event: 'received', service: 'stamp', peer: client, payloadBytes: 40 },
      {
        event: 'refused',
        service: 'stamp',
        peer: client,
        payloadBytes: 40,
        reason: 'stamp-short',
      },
    ],
  );
});

for (const [what, args, message] of [
  [
    'a key file that is missing',
    ['--key-file', '/nonexistent/key'],
    /^echogram: --key-file must be a file that can be read \(ENOENT\), got `\/nonexistent\/key`\n$/,
  ],
  [
    'a port that is none',
    ['--stamp', '65536'],
    /^echogram: --stamp must be a whole number from 0 to 65535, got `65536`\n$/,
  ],
  [
    'an answer to short requests of whoever comes',
    ['--stamp-answer-short'],
    /^echogram: --stamp-answer-short must be given with --allow and without --key-file; name [^\n]*\n$/,
  ],
  [
    'a class of service that is none',
    ['--stamp-dscp', 'EF,64'],
    /^echogram: --stamp-dscp must be all, none, or code points from 0 to 63, [^\n]*, got `64`; write EF,AF41,10\n$/,
  ],
] as const) {
  test(`${what} gets one line and exit code 2`, async (t) => {
    const { stdout, stderr, exitCode } = await runEchogram(t, ['serve', '--port', '0', ...args]);
    assert.deepEqual([stdout, exitCode], ['', 2]);
    assert.match(stderr, message);
  });
}

test('a short key file gets one line that names it, and exit code 2', async (t) => {
  const path = keyFile(t, 'fifteen octets.');
  const { stderr, exitCode } = await runEchogram(t, ['serve', '--key-file', path]);
  assert.equal(exitCode, 2);
  assert.match(stderr, /^echogram: --key-file must be a file with a key of 16 to [^\n]*\n$/);
  assert.ok(stderr.includes(path));
  assert.ok(!stderr.includes('fifteen octets'));
});

test('--udp-echo-plus fills in what TR-143 says, and counts what it names', async (t) => {
  const args = ['--udp-echo-plus', '--host', '127.0.0.1', '--metrics', '0'];
  const { server, port } = await startServer(t, ...args);
  const [, origin = ''] = await server.untilStderr(/metrics at (http:\S+)\/metrics\n/);
  const peer = await UdpPeer.open(t);
  const request = Buffer.alloc(26);
  request.writeUInt32BE(1, 0);
  request.write('ab', 24);
  await peer.send(request, port);
  const { payload } = await peer.next('a reply');
  assert.deepEqual([payload.readUInt32BE(0), payload.readUInt32BE(4)], [1, 1]);
  await peer.send('nineteen octets, no', port);
  assert.equal((await peer.next('an echo')).payload.toString(), 'nineteen octets, no');
  const name = 'echogram_udpechoplus_datagrams_responded_total';
  await until(
    async () => (await scrape(`${origin}/metrics`)).get(name)?.value === 2,
    'both replies counted',
  );
  const samples = await scrape(`${origin}/metrics`);
  const valueOf = (metric: string): number =>
    samples.get(`echogram_udpechoplus_${metric}`)?.value ?? NaN;
  assert.equal(valueOf('datagrams_received_total'), 2);
  // 26 and 19 octets, and 8 of each UDP header.
  assert.equal(valueOf('bytes_received_total'), 61);
  assert.equal(valueOf('bytes_responded_total'), 61);
  assert.equal(valueOf('datagrams_unanswered_total'), 0);
  const [first, last] = ['first', 'last'].map((which) =>
    valueOf(`packet_time_seconds{which="${which}"}`),
  );
  assert.ok(first! > 0 && first! <= last!, `${first} ${last}`);
});
