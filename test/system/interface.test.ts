// ping and send with --interface on a host with two, of which the other one leads to a server that would answer.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { ProbeRecord, SessionResult } from '../../src/index.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import type { Program } from '../helpers/programs.ts';
import { firstSkip, needsLinux, needsNamespaces } from '../helpers/skips.ts';

/** Of both servers, as of an anycast service. */
const TARGET = '10.99.0.1';

const skip = firstSkip(needsNamespaces(), needsLinux());

interface Hosts {
  readonly client: NetworkNamespace;
  /** Behind `wire`, which the routes of the client prefer. */
  readonly near: NetworkNamespace;
  /** Behind `other`. */
  readonly far: NetworkNamespace;
  readonly nearEcho: Program;
}

async function twoServers(t: TestContext): Promise<Hosts> {
  const [client, near] = NetworkNamespace.createPair(t);
  const far = NetworkNamespace.create(t);
  client.run(
    ...['ip', 'link', 'add', 'other', 'type', 'veth'],
    ...['peer', 'name', 'wire', 'netns', far.name],
  );
  client.run('ip', 'address', 'add', '10.78.0.1/24', 'dev', 'other');
  far.run('ip', 'address', 'add', '10.78.0.2/24', 'dev', 'wire');
  for (const [host, device] of [
    [client, 'other'],
    [far, 'wire'],
  ] as const) {
    host.run('ip', 'link', 'set', device, 'addrgenmode', 'none');
    host.run('ip', 'link', 'set', device, 'up');
  }
  await client.untilRunning('other');
  await client.untilRunning('wire');
  client.run('ip', 'route', 'add', TARGET, 'via', '10.77.0.2');
  client.run('ip', 'route', 'add', TARGET, 'via', '10.78.0.2', 'metric', '100');
  const nearEcho = await startEcho(t, near, '10.77.0.1');
  await startEcho(t, far, '10.78.0.1');
  return { client, near, far, nearEcho };
}

/** @param back  the client's address on the wire to this server */
async function startEcho(t: TestContext, server: NetworkNamespace, back: string): Promise<Program> {
  server.run('ip', 'address', 'add', TARGET, 'dev', 'lo');
  server.run('ip', 'route', 'add', 'default', 'via', back);
  const echo = server.startEchogram(t, 'serve', '--host', TARGET, '--json');
  await echo.untilStdout(/"listening".*\n/);
  return echo;
}

/** What each server got. */
function arrivals({ near, far }: Hosts): { near: number; far: number } {
  return { near: near.udpStatistics().inDatagrams, far: far.udpStatistics().inDatagrams };
}

const ASKED = ['ping', TARGET, '-c', '3', '-i', '20ms', '-W', '10s'];

test(
  '--interface sends through that interface, whatever the routes prefer',
  { skip },
  async (t) => {
    const hosts = await twoServers(t);
    const { client } = hosts;
    await client.startEchogram(t, ...ASKED, '-q').ended();
    assert.deepEqual(arrivals(hosts), { near: 3, far: 0 });
    const args = [...ASKED, '--interface', 'other', '--engine', 'linux', '--json'];
    const { stdout, stderr } = await client.startEchogram(t, ...args).ended();
    const { datagrams, supplied } = JSON.parse(stdout) as SessionResult;
    assert.deepEqual([datagrams.received, supplied['interface'], stderr], [3, 'other', '']);
    assert.deepEqual(arrivals(hosts), { near: 3, far: 3 });
  },
);

test('it keeps to the interface if its address changes', { skip }, async (t) => {
  const hosts = await twoServers(t);
  const { client, far } = hosts;
  const args = [
    'ping',
    TARGET,
    '-i',
    '20ms',
    '-W',
    '500ms',
    '--interface',
    'other',
    '--jsonl',
    '-',
  ];
  const ping = client.startEchogram(t, ...args);
  await ping.untilStdout(/"type":"reply"/);
  far.run('ip', 'route', 'add', '10.78.0.3', 'dev', 'wire');
  client.run('ip', 'address', 'delete', '10.78.0.1/24', 'dev', 'other');
  client.run('ip', 'address', 'add', '10.78.0.3/24', 'dev', 'other');
  client.run('ip', 'route', 'add', TARGET, 'via', '10.78.0.2', 'metric', '100');
  far.run('ip', 'route', 'replace', 'default', 'via', '10.78.0.3');
  await ping.untilStdout(/"type":"address-changed"[^]*"type":"reply"/);
  ping.child.kill('SIGINT');
  const { stdout } = await ping.ended();
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  const last = lines.at(-1)!;
  assert.ok(last.type === 'result');
  assert.deepEqual(
    last.result.addressChanges.map(({ from, to }) => [from, to]),
    [['10.78.0.1', '10.78.0.3']],
  );
  assert.equal(arrivals(hosts).near, 0);
});

test(
  'the portable engine and send have its address as their source, and ping says that routes choose',
  { skip },
  async (t) => {
    const { client, nearEcho } = await twoServers(t);
    const args = [...ASKED, '--interface', 'other', '--engine', 'portable', '-q'];
    const { stderr } = await client.startEchogram(t, ...args).ended();
    assert.equal(
      stderr,
      "echogram: the portable engine sends from an address of other, but the system's routes choose the interface\n",
    );
    // The routes lead elsewhere.
    await nearEcho.untilStdout(/"address":"10\.78\.0\.1"/);
    const sent = ['send', TARGET, 'from there', '--interface', 'other'];
    assert.equal((await client.startEchogram(t, ...sent).ended()).exitCode, 0);
    await nearEcho.untilStdout(
      /"address":"10\.78\.0\.1"[^\n]*"payloadBytes":10\b|"payloadBytes":10\b[^\n]*"10\.78\.0\.1"/,
    );
  },
);

for (const [what, args, line] of [
  [
    'a name of none',
    [TARGET, '--interface', 'eth9'],
    '--interface must be an interface of this host that is up and has an address, got `eth9`; choose one of lo, wire, other',
  ],
  [
    'one that does not lead to loopback',
    ['127.0.0.1', '--interface', 'wire'],
    '--interface must be one with an IPv4 address from which the target (127.0.0.1) can answer, got `wire`; it has 10.77.0.1',
  ],
  [
    'one without an address of the family',
    ['2001:db8::1', '--interface', 'wire'],
    '--interface must be one with an IPv6 address from which the target (2001:db8::1) can answer, got `wire`; it has 10.77.0.1',
  ],
] as const) {
  for (const command of ['ping', 'send'] as const) {
    test(
      `${command} --interface refuses ${what} in one line, with exit code 2`,
      { skip },
      async (t) => {
        const { client } = await twoServers(t);
        const { stderr, exitCode } = await client.startEchogram(t, command, ...args).ended();
        assert.deepEqual([stderr, exitCode], [`echogram: ${line}\n`, 2]);
      },
    );
  }
}

type Line = ProbeRecord | { readonly type: 'result'; readonly result: SessionResult };
