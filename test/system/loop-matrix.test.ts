// One forged datagram between each service of ours and each that may answer it: whatever goes round ends.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type TestContext } from 'node:test';
import { until } from '../helpers/deadline.ts';
import { ENGINES } from '../helpers/engines.ts';
import { JsonServer, nonZero } from '../helpers/json-server.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { peerPath } from '../helpers/peers.ts';
import { firstSkip, needsNamespaces, needsProgram } from '../helpers/skips.ts';

const skipHosts = firstSkip(needsNamespaces(), needsProgram('python3'), needsProgram('socat'));

/** Ours, each as a server of its own: its flags, and which of its services is meant. */
const SERVICES = {
  echo: [[], 'echo'],
  UDPEchoPlus: [['--udp-echo-plus'], 'udp-echo-plus'],
  STAMP: [['--stamp', '0'], 'stamp'],
  'stateful STAMP': [['--stamp', '0', '--stamp-stateful'], 'stamp'],
} as const;

type Title = keyof typeof SERVICES;

const ALL = Object.keys(SERVICES) as Title[];

interface Row {
  /** Of all servers of ours. */
  readonly flags: readonly string[];
  /** Those that promise to end every loop with these flags. */
  readonly ours: readonly Title[];
  /** Where the echoes of others listen. */
  readonly port: number;
}

const ROWS: readonly Row[] = [
  { flags: [], ours: ALL, port: 7777 },
  { flags: ['--answer-any-port'], ours: ALL, port: 7 },
  // Without a guard: what STAMP never answers is enough.
  { flags: ['--limit', '0'], ours: ['STAMP', 'stateful STAMP'], port: 7777 },
];

const PAYLOADS = {
  text: 'forged, and long enough for each of the services to answer it',
  // RFC 8762 section 4.2.1: number, time, Error Estimate, zeros.
  'a STAMP request': `0x00000001e8fe25001f9add378f84${'00'.repeat(30)}`,
  // TR-143 appendix A.1.4: number, 16 octets that the server fills in, data.
  'a UDPEchoPlus request': `0x00000001${'00'.repeat(60)}`,
};

interface Answering {
  readonly title: string;
  readonly address: string;
  readonly port: number;
}

interface Ours extends Answering {
  readonly server: JsonServer;
}

async function startOurs(
  t: TestContext,
  host: NetworkNamespace,
  address: string,
  title: Title,
  flags: readonly string[],
): Promise<Ours> {
  const [own, name] = SERVICES[title];
  const server = await JsonServer.start(t, host, '--host', address, ...own, ...flags);
  const { services } = server.listening;
  const { port } = services.find((service) => service.name === name)!;
  return { title, address, port, server };
}

/** Everything that may answer, each at an address of its own, so that no limit is shared. */
async function startOthers(
  t: TestContext,
  host: NetworkNamespace,
  { flags, port }: Row,
): Promise<readonly Answering[]> {
  const addresses = Array.from({ length: 2 + ALL.length }, (_, number) => `10.77.0.${10 + number}`);
  for (const address of addresses) {
    host.run('ip', 'address', 'add', `${address}/24`, 'dev', 'wire');
  }
  const [python = '', socat = '', ...rest] = addresses;
  host.start(t, 'python3', peerPath('echo_server.py'), String(port), python);
  // A child for each peer, which ends by itself.
  host.start(t, 'socat', '-T', '3', `UDP4-LISTEN:${port},bind=${socat},fork,reuseaddr`, 'PIPE');
  const hexPort = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  const listening = (): number => host.run('cat', '/proc/net/udp').split(hexPort).length - 1;
  await until(() => listening() === 2, 'the echoes of others to listen');
  const starting = ALL.map((title, at) => startOurs(t, host, rest[at]!, title, flags));
  const ours = await Promise.all(starting);
  return [
    { title: 'a Python echo', address: python, port },
    { title: 'socat', address: socat, port },
    ...ours,
  ];
}

/** Sends to each of ours one datagram that claims to come from each of the others, all at once. */
function forgeAll(
  host: NetworkNamespace,
  ours: readonly Answering[],
  others: readonly Answering[],
  payload: string,
): void {
  const commands = ours.flatMap((one) =>
    others.map((other) => {
      const ends = [other.address, other.port, one.address, one.port].join(' ');
      return `python3 ${peerPath('forge.py')} ${ends} '${payload}' &`;
    }),
  );
  host.run('sh', '-c', `${commands.join('\n')}\nwait`);
}

/** Resolves with how many datagrams the hosts have sent, once for a second it was none. */
async function untilQuiet(hosts: readonly NetworkNamespace[], what: string): Promise<number> {
  let [last, sinceMs] = [-1, 0];
  const isQuiet = async (): Promise<boolean> => {
    await sleep(100);
    const sent = hosts.reduce((sum, host) => sum + host.udpStatistics().outDatagrams, 0);
    if (sent !== last) [last, sinceMs] = [sent, performance.now()];
    return performance.now() - sinceMs > 1000;
  };
  await until(isQuiet, what);
  return last;
}

for (const { engine, skip } of ENGINES) {
  for (const row of ROWS) {
    const title = `no loop lives with ${row.flags.join(' ') || 'the defaults'} (${engine})`;
    test(title, { skip: firstSkip(skip, skipHosts) }, async (t) => {
      const hosts = NetworkNamespace.createPair(t);
      const [host, otherHost] = hosts;
      await host.untilRunning('wire');
      const flags = ['--engine', engine, ...row.flags];
      const address = '10.77.0.1';
      const starting = row.ours.map((name) => startOurs(t, host, address, name, flags));
      const [ours, others] = await Promise.all([
        Promise.all(starting),
        startOthers(t, otherHost, { ...row, flags }),
      ]);
      for (const [what, payload] of Object.entries(PAYLOADS)) {
        const startMs = performance.now();
        const before = await untilQuiet(hosts, 'silence before the attack');
        forgeAll(otherHost, ours, others, payload);
        const sent = (await untilQuiet(hosts, `loops of ${what} to end`)) - before;
        // A hundred answers and one a second, from each end.
        const seconds = (performance.now() - startMs) / 1000;
        const most = 2 * ours.length * others.length * (101 + seconds);
        assert.ok(sent <= most, `${what}: ${sent} datagrams`);
      }
      for (const { title: name, server } of ours) {
        const { refused } = await server.stop();
        const reason = name.includes('STAMP') ? 'stamp-reply' : 'echo-loop';
        assert.ok(refused[reason] > 0, `${name} refused ${JSON.stringify(nonZero(refused))}`);
      }
    });
  }
}
