// echogram ping as a program: what it prints, writes and exits with.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { SessionResult } from '../../src/index.ts';
import { until } from '../helpers/deadline.ts';
import { ImpairmentProxy, PlainEcho, type ProbePlan } from '../helpers/impairment-proxy.ts';
import { resultViolations } from '../helpers/json-schema.ts';
import { startPeer } from '../helpers/peers.ts';
import { BIN, runEchogram, startEchogram } from '../helpers/programs.ts';
import { pingUntil } from '../helpers/ping-until.ts';
import { firstSkip, needsIPv6, needsLinux, needsProgram } from '../helpers/skips.ts';
import { closedPort, UdpPeer } from '../helpers/udp.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const PASSING: ProbePlan = { forward: { kind: 'pass' }, backward: { kind: 'pass' } };
const LOST: ProbePlan = { forward: { kind: 'drop' }, backward: { kind: 'pass' } };

/** Long enough that no reply on this machine is late. */
const PATIENT = ['-W', '20s'];

function asking({ port }: { readonly port: number }, ...args: readonly string[]): string[] {
  return ['ping', `127.0.0.1:${port}`, ...args];
}

function resultOf(stdout: string): SessionResult {
  const result: unknown = JSON.parse(stdout);
  assert.deepEqual(resultViolations(result), []);
  return result as SessionResult;
}

function temporaryFile(t: TestContext): string {
  const folder = temporaryFolder(t);
  return join(folder, 'records');
}

test('prints a line for each reply, the counts, the times and a verdict', async (t) => {
  await using echo = await PlainEcho.open();
  // A slot is sent up to an interval late: this machine may be stalled for so long.
  const args = asking(echo, '-c', '2', '-i', '3s', ...PATIENT);
  const { stdout, stderr, exitCode } = await runEchogram(t, args);
  const time = String.raw`\d+(\.\d+)? (s|ms|µs|ns)`;
  assert.match(
    stdout,
    new RegExp(
      [
        `^PING 127\\.0\\.0\\.1 \\(127\\.0\\.0\\.1\\) port ${echo.port}: 64 bytes of payload`,
        `reply seq=0 time=${time}`,
        `reply seq=1 time=${time}`,
        '',
        `--- 127\\.0\\.0\\.1 port ${echo.port}: ${time} ---`,
        '2 probes sent, 2 received, 0 lost \\(0 %\\), 0 late',
        `rtt   min ${time}, mean ${time}, p50 ${time}, p90 ${time}, p99 ${time}, max ${time}, stddev ${time}`,
        `pdv   p50 ${time}, p99 ${time}, max ${time}; jitter \\(RFC 3550\\) ${time}`,
        `clock .*`,
        `UDP works\\. 0 lost of 2; median ${time}, p99 ${time}\\.`,
      ].join('\n'),
    ),
  );
  assert.deepEqual([stderr, exitCode], ['', 0]);
});

test('prints only heading and summary with -q, and takes bare seconds as ping(8) does', async (t) => {
  await using echo = await PlainEcho.open();
  const args = asking(echo, '-q', '-c', '2', '-i', '0.01', '-W', '20');
  const { stdout, stderr, exitCode } = await runEchogram(t, args);
  assert.match(stdout, /^PING .*\n\n--- .* ---\n2 probes sent, 2 received/);
  assert.deepEqual([stderr, exitCode], ['', 0]);
});

test('prints one JSON document that its schema fits, with what was asked and what came', async (t) => {
  await using echo = await PlainEcho.open();
  const args = asking(echo, '-c', '5', '--rate', '100', '-s', '100', '--json', ...PATIENT);
  const { stdout, stderr, exitCode } = await runEchogram(t, args);
  assert.equal(stdout.split('\n').length, 2);
  const { datagrams, config, target, endedBy, supplied } = resultOf(stdout);
  assert.deepEqual([datagrams.sent, datagrams.received, datagrams.lost], [5, 5, 0]);
  assert.deepEqual(config, {
    schedule: 'periodic',
    intervalNs: 10e6,
    count: 5,
    durationNs: null,
    timeoutNs: 20e9,
    payloadBytes: 100,
    flows: 1,
    ttl: null,
    dscp: null,
    dontFragment: null,
    isAuthenticated: false,
  });
  const { port } = echo;
  const asked = { host: '127.0.0.1', address: '127.0.0.1', port, protocol: 'echo' };
  assert.deepEqual(target, { ...asked, tried: [] });
  assert.deepEqual([supplied['payloadBytes'], endedBy], [100, { code: 'COUNT' }]);
  assert.deepEqual([stderr, exitCode], ['', 0]);
});

test('ends after --duration', async (t) => {
  await using echo = await PlainEcho.open();
  const args = asking(echo, '-w', '200ms', '-i', '20ms', '--json', ...PATIENT);
  const { endedBy, schedule } = resultOf((await runEchogram(t, args)).stdout);
  assert.deepEqual([endedBy, schedule.intended], [{ code: 'DURATION' }, 10]);
});

test('measures over IPv6, the address in brackets', { skip: needsIPv6() }, async (t) => {
  const peer = await UdpPeer.open(t, '::1');
  peer.socket.on('message', (payload, { port }) => {
    void peer.send(payload, port, '::1');
  });
  const args = ['ping', `[::1]:${peer.port}`, '-c', '1', '--json', ...PATIENT];
  const { datagrams, target } = resultOf((await runEchogram(t, args)).stdout);
  assert.deepEqual([datagrams.received, target.address], [1, '::1']);
});

test('exits with 1 where nothing answers', async (t) => {
  const peer = await UdpPeer.open(t);
  const args = asking(peer, '-c', '2', '-i', '10ms', '-W', '50ms');
  const { stdout, stderr, exitCode } = await runEchogram(t, args);
  assert.match(stdout, /^no reply seq=0$/m);
  assert.match(stdout, /^UDP does not work: no reply to [12] probes?\.$/m);
  assert.deepEqual([stderr, exitCode], ['', 1]);
});

test('names a closed port, which is no timeout, and exits with 1', async (t) => {
  const port = await closedPort(t);
  const args = asking({ port }, '-c', '3', '-i', '10ms', '-W', '4s');
  const { stdout, exitCode } = await runEchogram(t, args);
  assert.match(stdout, /^ICMP "port unreachable".* seq=0$/m);
  assert.match(
    stdout,
    new RegExp(
      `^UDP does not work: 127\\.0\\.0\\.1 is up, but nothing listens on port ${port}, or its firewall rejects the probes \\(\\d ICMP "port unreachable"\\)\\.\nStart a server, such as \`echogram serve --port ${port}\`\\.$`,
      'm',
    ),
  );
  assert.equal(exitCode, 1);
});

test('counts every ICMP error at a high rate as one, and every probe as sent', async (t) => {
  const port = await closedPort(t);
  const args = asking({ port }, '-c', '400', '--rate', '20000', '-W', '200ms', '--json');
  const { datagrams, icmpErrors } = resultOf((await runEchogram(t, args)).stdout);
  assert.deepEqual([datagrams.sendFailed, datagrams.sent], [0, 400]);
  assert.deepEqual(
    icmpErrors.map(({ systemCode, count }) => [systemCode, count]),
    [['ECONNREFUSED', datagrams.icmpErrors]],
  );
});

/** A proxy that loses every other probe. */
async function lossyProxy(echo: PlainEcho): Promise<ImpairmentProxy> {
  return await ImpairmentProxy.open(echo.port, (sequence) => (sequence % 2 === 1 ? LOST : PASSING));
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`prints the result so far for ${signal}`, async (t) => {
    await using echo = await PlainEcho.open();
    const client = startEchogram(t, asking(echo, '-i', '10ms', ...PATIENT));
    await client.untilStdout(/^reply seq=3 /m);
    client.child.kill(signal);
    const { stdout, stderr, exitCode } = await client.ended();
    const [, sent, received] = /^(\d+) probes sent, (\d+) received, 0 lost/m.exec(stdout) ?? [];
    assert.ok(Number(sent) >= 4, stdout);
    assert.equal(received, sent);
    assert.deepEqual([stderr, exitCode], ['', 0]);
  });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`prints the JSON of the result so far for ${signal}`, async (t) => {
    await using echo = await PlainEcho.open();
    await using proxy = await ImpairmentProxy.open(echo.port, () => PASSING);
    const client = startEchogram(t, asking(proxy, '-i', '10ms', '--json', ...PATIENT));
    await until(() => proxy.sent.length > 2, 'three probes');
    client.child.kill(signal);
    const { endedBy, datagrams } = resultOf((await client.ended()).stdout);
    assert.deepEqual(endedBy, { code: signal });
    assert.equal(datagrams.sent, proxy.sent.length);
  });
}

for (const [args, line] of [
  [['-s', '43'], /--size must be a whole number from 44 to 65527, got `43`$/m],
  [['-s', '65508'], /--size must be at most 65507, .* over IPv4, got `65508`$/m],
  [['-i', '0'], /--interval must be a duration .*, got `0`; write 500ms, 1s or 2m$/m],
  [['-i', '0s'], /--interval must be a duration from 1us .*, got `0s`; write/m],
  [['-i', '1s', '--rate', '5'], /'--rate <pps>' cannot be used with option '-i, --interval/m],
  [['--rate', '0'], /--rate must be a whole number from 1 .*, got `0`$/m],
  [['-c', '0'], /--count must be a whole number from 1 .*, got `0`$/m],
  [['--max-p99', '20'], /--max-p99 must be a duration .*, got `20`; write 20s or 20ms$/m],
  [['-W', '1000'], /--timeout must be a duration .*, got `1000`; write 1000s or 1000ms$/m],
  [
    ['--max-loss', '1'],
    /--max-loss must be a percentage .*, got `1`; write 1% or, for the ratio 1, 100%$/m,
  ],
  [
    ['--max-loss-backward', '1%'],
    /--max-loss-backward must be used with a protocol that measures each direction: stamp or udp-echo-plus, got `1%`; choose that protocol, or limit the loss of both directions together$/m,
  ],
  [['--schedule', 'random'], /--schedule must be one of periodic, poisson, got `random`$/m],
  [['--flows', '0'], /--flows must be a whole number from 1 to 1024, got `0`$/m],
  [['--ttl', '256'], /--ttl must be a whole number from 1 to 255, got `256`$/m],
  // 10^6 probes a second and a second's wait are 10^6 probes on their way; half of 2^20 may be.
  [
    ['--rate', '1000000'],
    /--rate must be such that at most 524288 probes, the maximum in flight, fit into the timeout of 1000 ms, got `1000000`; lower the rate or shorten the timeout$/m,
  ],
  [['-i', '1us'], /--interval must be such that at most 524288 probes.*, got `1us`; lower the/m],
  [
    ['--rate', '1000000', '-W', '600ms'],
    /--timeout must be at most 524288 intervals long, .*, got `600ms`; shorten it or lower the rate$/m,
  ],
  [
    ['--json', '--jsonl', '-'],
    /standard output must be used by only one of .*, got `--json --jsonl -`; give/m,
  ],
  [['--csv', '-', '--jsonl', '-'], /standard output must be used by only one of .*; give a file/m],
  [['--jsonl', '/nowhere/at/all'], /--jsonl must be a file that can be written \(ENOENT\), got/m],
  [['--csv', '/'], /--csv must be a file that can be written \(EISDIR\), got `\/`$/m],
] as const) {
  test(`refuses ping ${args.join(' ')} in one line, with exit code 2`, async (t) => {
    const ending = await runEchogram(t, ['ping', '127.0.0.1', ...args]);
    assert.match(ending.stderr, line);
    assert.match(ending.stderr, /^echogram: [^\n]+\n$/);
    assert.deepEqual([ending.stdout, ending.exitCode], ['', 2]);
  });
}

for (const [target, line] of [
  [
    'localhost:0',
    /the target must be HOST\[:PORT\] with a port from 1 .*, got `localhost:0`; write/m,
  ],
  ['localhost:65536', /the target must be HOST.*, got `localhost:65536`; write/m],
  [':7000', /the target must be HOST.*, got `:7000`; write/m],
  ['', /the target must be HOST.*, got ``; write/m],
  // RFC 6761 section 6.4: a name under "invalid" never resolves, with a name server or without.
  ['host.invalid', /cannot resolve host "host\.invalid" \(\w+\); .*give an IP address$/m],
] as const) {
  test(`refuses to ping "${target}" in one line, with exit code 2`, async (t) => {
    const ending = await runEchogram(t, ['ping', target]);
    assert.match(ending.stderr, line);
    assert.match(ending.stderr, /^echogram: [^\n]+\n$/);
    assert.deepEqual([ending.stdout, ending.exitCode], ['', 2]);
  });
}

test('sends more than 1000 probes a second to another host for --flood alone', async (t) => {
  // RFC 5737: nobody has 192.0.2.1.
  const ending = await runEchogram(t, ['ping', '192.0.2.1', '--rate', '1001', '-c', '1']);
  assert.deepEqual(ending, {
    stdout: '',
    stderr:
      'echogram: 1001 probes per second to 192.0.2.1 need --flood: more than 1000 per second to another host can fill a slow path and look like an attack\n',
    exitCode: 2,
    signal: null,
  });
});

test('asks a broadcast address for --allow-broadcast alone', { skip: needsLinux() }, async (t) => {
  // The broadcast address of 127.0.0.0/8.
  const ending = await runEchogram(t, ['ping', '127.255.255.255', '-c', '1']);
  assert.deepEqual(ending, {
    stdout: '',
    stderr:
      'echogram: cannot send to 127.255.255.255 port 10000 without --allow-broadcast: it is a broadcast address, which every host on the network may answer, or a firewall forbids it (EACCES)\n',
    exitCode: 2,
    signal: null,
  });
});

test(
  'takes the reply of a host that a broadcast address stands for',
  { skip: needsLinux() },
  async (t) => {
    const peer = await UdpPeer.open(t, '0.0.0.0');
    peer.socket.on('message', (payload, { port, address }) => {
      void peer.send(payload, port, address);
    });
    const target = `127.255.255.255:${peer.port}`;
    const args = ['ping', target, '-c', '1', '--allow-broadcast', '--json', ...PATIENT];
    const { stdout, exitCode } = await runEchogram(t, args);
    const { received, duplicate } = resultOf(stdout).datagrams;
    assert.deepEqual([received, duplicate, exitCode], [1, 0, 0]);
  },
);

test('names the source port whose path loses a third', async (t) => {
  await using echo = await PlainEcho.open();
  const ports: number[] = [];
  await using proxy = await ImpairmentProxy.open(echo.port, (sequence, port) => {
    if (!ports.includes(port)) ports.push(port);
    return port === ports[1] && sequence % 3 === 0 ? LOST : PASSING;
  });
  const args = ['--rate', '200', '--flows', '4', '-W', '4s'];
  const { stdout } = await pingUntil(t, proxy, 200, ...args);
  const rows = stdout.match(/^ *\d+ +\d+ +\d+ +[\d.]+ % .*$/gm) ?? [];
  assert.equal(rows.length, 4, stdout);
  const outliers = rows.filter((row) => row.endsWith('<- outlier'));
  assert.deepEqual(
    outliers.map((row) => Number.parseInt(row, 10)),
    [ports[1]],
  );
  assert.match(stdout, new RegExp(`^Source port ${ports[1]} \\([\\d.]+ %\\) loses far more`, 'm'));
});

test('writes each record to --jsonl and --csv, as many as were counted', async (t) => {
  await using echo = await PlainEcho.open();
  await using proxy = await lossyProxy(echo);
  const [jsonl, csv] = [temporaryFile(t), temporaryFile(t)];
  const args = asking(proxy, '-c', '30', '--rate', '300', '-W', '4s');
  const ending = await runEchogram(t, [...args, '--jsonl', jsonl, '--csv', csv, '--json']);
  const { datagrams, schedule } = resultOf(ending.stdout);
  const lines = linesOf(jsonl).map((line) => JSON.parse(line) as { type: string });
  const [first, ...records] = lines;
  const last = records.pop();
  const { schema, tool, config, supplied, target, startedAt, streams } = resultOf(ending.stdout);
  assert.deepEqual(first, {
    type: 'session',
    schema,
    tool,
    config,
    supplied,
    target,
    startedAt,
    sourcePorts: streams.map(({ sourcePort }) => sourcePort),
  });
  assert.deepEqual(last, { type: 'result', result: JSON.parse(ending.stdout) as unknown });
  const [header, ...rows] = linesOf(csv);
  assert.match(header ?? '', /^type,at_ns,sequence,/);
  for (const types of [records.map(({ type }) => type), rows.map((row) => row.split(',')[0])]) {
    const countOf = (wanted: string): number => types.filter((type) => type === wanted).length;
    assert.equal(countOf('reply'), datagrams.received);
    // A late reply was given up before.
    assert.equal(countOf('timeout'), datagrams.lost + datagrams.late);
    assert.equal(countOf('late'), datagrams.late);
  }
  const skipped = records.map((record) => ('slots' in record ? Number(record.slots) : 0));
  assert.equal(
    skipped.reduce((sum, slots) => sum + slots, 0),
    schedule.skipped,
  );
  assert.equal(ending.exitCode, 0);
});

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').trimEnd().split('\n');
}

test('gives standard output to the records for --jsonl -, and standard error to the rest', async (t) => {
  await using echo = await PlainEcho.open();
  const args = asking(echo, '-c', '3', '-i', '10ms', '--jsonl', '-', ...PATIENT);
  const { stdout, stderr, exitCode } = await runEchogram(t, args);
  const types = stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type);
  assert.equal(types.shift(), 'session');
  assert.equal(types.pop(), 'result');
  // What this host did is told as well.
  const fates = types.filter((type) => type !== 'stall' && type !== 'skipped');
  assert.ok(fates.length > 0 && fates.every((type) => type === 'reply'), stdout);
  assert.match(stderr, /^PING .*\n\n--- .*\nUDP works\. /s);
  assert.equal(exitCode, 0);
});

test(
  'says that the records could not be written, with exit code 2',
  { skip: needsLinux() },
  async (t) => {
    await using echo = await PlainEcho.open();
    const args = asking(echo, '-c', '3', '-i', '10ms', '--csv', '/dev/full', ...PATIENT);
    const { stdout, stderr, exitCode } = await runEchogram(t, args);
    assert.match(stderr, /^echogram: --csv \/dev\/full: cannot write \(ENOSPC\)\n$/);
    assert.match(stdout, /probes? sent/);
    assert.equal(exitCode, 2);
  },
);

for (const [what, flags] of [
  // 28 bytes a line fill the pipe of 4 KiB after 150 probes; more must come.
  ['its lines for people', ['--rate', '100']],
  ['its records', ['--rate', '500', '--jsonl', '-']],
] as const) {
  test(
    `goes on sending where nobody reads ${what}`,
    { skip: firstSkip(needsLinux(), needsProgram('python3')) },
    async (t) => {
      await using echo = await PlainEcho.open();
      await using proxy = await ImpairmentProxy.open(echo.port, () => PASSING);
      const command = [process.execPath, BIN, ...asking(proxy, ...flags, ...PATIENT)];
      const client = startPeer(t, 'stopped_reader.py', 'pipe', ...command);
      await until(() => proxy.sent.length > 200, 'probes from a client that nobody reads');
      client.child.kill('SIGINT');
      const { stdout, exitCode } = await client.ended();
      assert.match(stdout, /\n/);
      assert.equal(exitCode, 0);
    },
  );
}
