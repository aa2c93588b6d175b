// Walks the table of docs/measuring.md: builds each condition out of namespaces, firewall rules, queues and
// peers, measures, and reads the verdict's code, its headline and the exit code, on both engines.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { EXIT_CODE } from '../../src/cli/exit-code.ts';
import { VERDICT_CODES, type VerdictCode } from '../../src/client/verdict/verdict-code.ts';
import { ping, type SessionResult } from '../../src/index.ts';
import { ENGINES } from '../helpers/engines.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { repositoryPath } from '../helpers/repository.ts';
import { firstSkip, needsNamespaces, needsProgram } from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { UdpPeer } from '../helpers/udp.ts';

const SERVER = '10.77.0.2';
const SERVER_V6 = 'fd77::2';

interface Hosts {
  readonly client: NetworkNamespace;
  readonly server: NetworkNamespace;
}

interface Row {
  readonly what: string;
  readonly code: VerdictCode;
  /** What the portable engine, which knows no sender of an ICMP error, says in its place. */
  readonly portable?: readonly [code: VerdictCode, headline: RegExp];
  /** Of a sentence of the verdict: the headline first, then others that must be there. */
  readonly says: readonly RegExp[];
  /** Asked at `SERVER_V6` instead. */
  readonly isIPv6?: true;
  /** Makes the condition. @returns arguments of `ping` beside the usual ones */
  readonly make: (hosts: Hosts, t: TestContext) => Promise<readonly string[]> | readonly string[];
}

/** Long enough that no answer on this machine is late. */
const PATIENT = ['-W', '5s'];

/** The same where some replies never come, and are waited for. */
const BRIEF = ['-W', '2s'];

async function serve(
  { server }: Hosts,
  t: TestContext,
  ...args: readonly string[]
): Promise<readonly string[]> {
  const program = server.startEchogram(t, 'serve', '--host', SERVER, ...args);
  await program.untilStdout(/starting up on/);
  return [];
}

/** Without duplicate address detection, for which an address would stay tentative. */
function addIPv6({ client, server }: Hosts): void {
  client.run('ip', 'address', 'add', 'fd77::1/64', 'dev', 'wire', 'nodad');
  server.run('ip', 'address', 'add', `${SERVER_V6}/64`, 'dev', 'wire', 'nodad');
}

async function startOddServer({ server }: Hosts, t: TestContext, mode: string): Promise<void> {
  const script = repositoryPath('test/peers/odd_server.py');
  const program = server.start(t, 'python3', script, SERVER, '10000', mode);
  await program.untilStdout(/ready/);
}

/** A firewall rule for UDP of one host. */
function filter(
  host: NetworkNamespace,
  hook: 'input' | 'output',
  ...rule: readonly string[]
): void {
  host.run('nft', 'add', 'table', 'ip', 'trial');
  const chain = ['{', 'type', 'filter', 'hook', hook, 'priority', '0', ';', '}'];
  host.run('nft', 'add', 'chain', 'ip', 'trial', hook, ...chain);
  host.run('nft', 'add', 'rule', 'ip', 'trial', hook, ...rule);
}

const fast = (count: number, interval = '5ms'): readonly string[] => [
  ...['-c', String(count), '-i', interval],
  ...PATIENT,
];

const ROWS: readonly Row[] = [
  {
    what: 'an echo answers',
    code: 'WORKS',
    says: [/^UDP works\. Nothing lost of 20;/],
    make: async (hosts, t) => [...(await serve(hosts, t)), ...fast(20)],
  },
  {
    what: "this host's firewall drops all",
    code: 'ERROR',
    says: [/^Nothing was measured: none of 5 probes could be sent \(5 EPERM: .*firewall/],
    make: ({ client }) => {
      filter(client, 'output', 'meta', 'l4proto', 'udp', 'drop');
      return fast(5);
    },
  },
  {
    what: 'nothing listens on the port',
    code: 'NOTHING_LISTENS',
    portable: ['REFUSED', /the system does not tell who\) answers: \d ICMP "port unreachable"/],
    says: [/^UDP does not work: 10\.77\.0\.2 is there, but nothing listens on port 10000/],
    make: () => [...fast(5), '-W', '500ms'],
  },
  {
    what: 'the firewall of the other host rejects',
    code: 'REFUSED',
    portable: ['REFUSED', /does not tell who\) answers: \d ICMP "host unreachable or prohibited/],
    says: [/^UDP does not work: 10\.77\.0\.2 answers: 5 ICMP "administratively prohibited"/],
    make: ({ server }) => {
      filter(
        server,
        'input',
        'udp',
        'dport',
        '10000',
        'reject',
        'with',
        'icmp',
        'admin-prohibited',
      );
      return [...fast(5), '-W', '500ms'];
    },
  },
  {
    what: 'STAMP is asked of a plain echo',
    code: 'WRONG_PROTOCOL',
    says: [/^Port 10000 is a plain echo: 5 packets of ours came back unaltered/],
    make: async (hosts, t) => {
      await serve(hosts, t);
      return ['--protocol', 'stamp', ...fast(5), ...BRIEF];
    },
  },
  {
    what: 'the reflector signs with another key',
    code: 'WRONG_KEY',
    says: [/^UDP works, but 5 replies failed the HMAC/],
    make: async (hosts, t) => {
      const keyFile = join(temporaryFolder(t), 'key');
      writeFileSync(keyFile, '000102030405060708090a0b0c0d0e0f\n', { mode: 0o600 });
      await startOddServer(hosts, t, 'key');
      return ['--protocol', 'stamp', '--key-file', keyFile, ...fast(5), ...BRIEF];
    },
  },
  {
    what: 'every reply takes longer than the timeout',
    code: 'ALL_LATE',
    says: [/^Every reply came after the timeout \(\d+ of 20\): wait longer\./],
    make: async (hosts, t) => {
      await serve(hosts, t, '--impair', 'delay=300ms');
      return ['-c', '20', '-i', '50ms', '-W', '100ms'];
    },
  },
  {
    what: 'every reply comes back changed',
    code: 'ALTERED',
    says: [/^UDP works, but 20 replies came back altered/],
    make: async (hosts, t) => {
      await serve(hosts, t, '--impair', 'corrupt=100%');
      return [...fast(20), ...BRIEF];
    },
  },
  {
    what: 'something else than an echo answers',
    code: 'STRAYS',
    says: [/^UDP works, but what came \(\d+ datagrams\) answers no probe/],
    make: async (hosts, t) => {
      await startOddServer(hosts, t, 'stray');
      const earlier = ['ping', '-c', '1', '-W', '1ms', `${SERVER}:10000`];
      await hosts.client.startEchogram(t, ...earlier).ended();
      return [...fast(5), ...BRIEF];
    },
  },
  {
    what: 'every reply has a wrong UDP checksum',
    code: 'DROPPED_HERE',
    says: [
      /^No reply to 20 probes could be read, but datagrams came: 20 damaged on the path \(wrong UDP checksum\)\./,
    ],
    make: async (hosts, t) => {
      await startOddServer(hosts, t, 'checksum');
      return [...fast(20), ...BRIEF, '-s', '200'];
    },
  },
  {
    what: 'every short reply has a wrong UDP checksum',
    code: 'NO_REPLY',
    says: [
      /^UDP does not work: no reply to 20 probes\./,
      /^Meanwhile 20 datagrams with a wrong UDP checksum came to this host/,
    ],
    make: async (hosts, t) => {
      await startOddServer(hosts, t, 'checksum');
      return [...fast(20), ...BRIEF];
    },
  },
  {
    what: 'a firewall drops all in silence',
    code: 'NO_REPLY',
    says: [/^UDP does not work: no reply to 5 probes\./],
    make: ({ server }) => {
      filter(server, 'input', 'udp', 'dport', '10000', 'drop');
      return [...fast(5), '-W', '500ms'];
    },
  },
  {
    what: 'the path drops long datagrams in silence',
    code: 'NO_REPLY',
    says: [
      /^No reply to 5 probes of 1400 bytes: UDP does not work, or the path takes none that long; measure with --size 64/,
    ],
    make: async (hosts, t) => {
      await serve(hosts, t);
      filter(hosts.server, 'input', 'udp', 'length', '>', '1200', 'drop');
      return [...fast(5), '-s', '1400', '-W', '500ms'];
    },
  },
  {
    what: 'the path dies after 100 probes',
    code: 'DOWN_NOW',
    says: [
      /^UDP does not work right now\. The last 100 probes \(500 ms\) had no reply in time; before, all 100 were answered/,
    ],
    make: async (hosts, t) => {
      await serve(hosts, t);
      // 100 probes of 64 octets, with 28 of headers.
      const dead = ['udp', 'dport', '10000', 'quota', 'over', '9200', 'bytes', 'drop'];
      filter(hosts.server, 'input', ...dead);
      return [...fast(200), ...BRIEF];
    },
  },
  {
    what: "this host's firewall drops every second probe",
    code: 'NOT_ALL_SENT',
    says: [
      /^This host did not send 20 of 40 probes \(20 EPERM: .*firewall.*\)\. Nothing lost of 20;/,
    ],
    make: async (hosts, t) => {
      await serve(hosts, t);
      const everySecond = ['udp', 'dport', '10000', 'numgen', 'inc', 'mod', '2', '0', 'drop'];
      filter(hosts.client, 'output', ...everySecond);
      return fast(40);
    },
  },
  {
    what: "this host's own queue is full",
    code: 'NOT_ALL_SENT',
    says: [
      /^This host did not send \d+ of 400 probes \(\d+ .*the queue of this host's network interface is full/,
    ],
    make: async (hosts, t) => {
      await serve(hosts, t);
      // 8 kbit/s are some 10 datagrams of 64 octets a second.
      const slow = ['root', 'tbf', 'rate', '64kbit', 'burst', '1600', 'limit', '1600'];
      hosts.client.run('tc', 'qdisc', 'add', 'dev', 'wire', ...slow);
      return [...fast(400, '1ms'), ...BRIEF];
    },
  },
  {
    what: 'the server limits what one source is answered',
    code: 'RATE_LIMITED',
    says: [/^UDP works up to a rate limit\./],
    make: async (hosts, t) => {
      // So few that any machine sends more, and that a stall costs the bucket few tokens.
      await serve(hosts, t, '--limit', '20');
      return ['--rate', '400', '-c', '1000', ...BRIEF];
    },
  },
  {
    what: "a router's policer refuses what is above its rate",
    code: 'RATE_LIMITED',
    says: [/^UDP works up to a rate limit\. Of \d+ probes a second about \d+ were answered/],
    make: async (hosts, t) => {
      await serve(hosts, t, '--limit', '0');
      const above = ['limit', 'rate', 'over', '500/second', 'burst', '100', 'packets', 'drop'];
      filter(hosts.server, 'input', 'udp', 'dport', '10000', ...above);
      return ['--rate', '2000', '--flood', '-c', '3000', ...PATIENT];
    },
  },
  {
    what: "this host's link goes down on the way",
    code: 'DOWN_NOW',
    says: [
      /^UDP does not work right now\. This host could not send the last \d+ probes \(.*\); of 40 probes it did not send \d+ \(\d+ ENETUNREACH/,
    ],
    make: async (hosts, t) => {
      await serve(hosts, t);
      // Not a wait for a time: the twelfth packet takes the link down.
      const script =
        'while [ "$(cat /sys/class/net/wire/statistics/tx_packets)" -lt 12 ]; do sleep 0.01; done; ip link set wire down';
      hosts.client.start(t, 'sh', '-c', script);
      return [...fast(40, '50ms'), '-W', '500ms'];
    },
  },
  {
    what: 'an echo answers over IPv6',
    code: 'WORKS',
    says: [/^UDP works\. Nothing lost of 20;/],
    isIPv6: true,
    make: async (hosts, t) => {
      addIPv6(hosts);
      const program = hosts.server.startEchogram(t, 'serve', '--host', SERVER_V6);
      await program.untilStdout(/starting up on/);
      return fast(20);
    },
  },
  {
    what: 'nothing listens on the port over IPv6',
    code: 'NOTHING_LISTENS',
    says: [/^UDP does not work: fd77::2 is there, but nothing listens on port 10000/],
    portable: ['REFUSED', /^UDP does not work: .*\(the system does not tell who\) answers: 5 ICMP/],
    isIPv6: true,
    make: (hosts) => {
      addIPv6(hosts);
      return [...fast(5), '-W', '500ms'];
    },
  },
  {
    what: 'the path loses 38 % at random',
    code: 'PARTLY_WORKS',
    says: [/^UDP partly works\. [234]\d(\.\d)? % lost/],
    make: async (hosts, t) => {
      await serve(hosts, t, '--impair', 'loss=38%,seed=7');
      return [...fast(400, '2ms'), ...BRIEF];
    },
  },
  {
    what: 'two of eight source ports are dead',
    code: 'PARTLY_WORKS',
    says: [
      /^UDP works from 6 of 8 source ports only\. 25 % lost/,
      /^Source ports \d+ \(100 %\), \d+ \(100 %\) lose far more than the others/,
    ],
    make: async (hosts, t) => {
      await serve(hosts, t);
      // Probes take the ports in turn.
      const twoOfEight = ['udp', 'dport', '10000', 'numgen', 'inc', 'mod', '8', '<', '2', 'drop'];
      filter(hosts.server, 'input', ...twoOfEight);
      return [...fast(80), '--source-ports', '8', ...BRIEF];
    },
  },
  {
    what: 'sixteen of 32 source ports are dead, the last ones',
    code: 'PARTLY_WORKS',
    says: [/^UDP works from 16 of 32 source ports only\. 50 % lost/],
    make: async (hosts, t) => {
      await serve(hosts, t);
      const half = ['udp', 'dport', '10000', 'numgen', 'inc', 'mod', '32', '>', '15', 'drop'];
      filter(hosts.server, 'input', ...half);
      return [...fast(320, '20ms'), '--source-ports', '32', '-W', '2s'];
    },
  },
  {
    what: 'the path loses one of 25',
    code: 'WORKS_WITH_LOSSES',
    says: [/^UDP works with losses\. 4 % lost, in 4 runs of up to 1;/],
    make: async (hosts, t) => {
      await serve(hosts, t);
      const some = ['udp', 'dport', '10000', 'numgen', 'inc', 'mod', '25', '3', 'drop'];
      filter(hosts.server, 'input', ...some);
      return [...fast(100), ...BRIEF];
    },
  },
];

const needs = (): string | false =>
  firstSkip(needsNamespaces(), needsProgram('nft'), needsProgram('tc'), needsProgram('python3'));

for (const { engine, skip } of ENGINES) {
  for (const row of ROWS) {
    const { what, make, portable } = row;
    const isOther = engine === 'portable' && portable !== undefined;
    const [code, says] = isOther ? [portable[0], [portable[1]]] : [row.code, row.says];
    test(`${code} where ${what} (${engine})`, { skip: firstSkip(skip, needs()) }, async (t) => {
      const [client, server] = NetworkNamespace.createPair(t);
      await client.untilRunning('wire');
      const args = await make({ client, server }, t);
      const target = row.isIPv6 === true ? `[${SERVER_V6}]:10000` : `${SERVER}:10000`;
      const program = client.startEchogram(
        t,
        'ping',
        ...args,
        '--json',
        '--engine',
        engine,
        target,
      );
      const { stdout, exitCode } = await program.ended();
      const { verdict } = JSON.parse(stdout) as SessionResult;
      const [headline, ...others] = says;
      assert.equal(verdict.code, code, verdict.sentences.join('\n'));
      assert.match(verdict.sentences[0]!, headline!);
      for (const pattern of others) {
        assert.ok(
          verdict.sentences.some((sentence) => pattern.test(sentence)),
          `${pattern.source} in:\n${verdict.sentences.join('\n')}`,
        );
      }
      assert.equal(exitCode, EXIT_CODE[code]);
    });
  }

  test(
    `NOTHING_SENT where it is stopped before the first probe (${engine})`,
    { skip },
    async (t) => {
      const { port } = await UdpPeer.open(t);
      const stop = new AbortController();
      const { verdict, endedBy } = await ping({
        engine,
        host: '127.0.0.1',
        port,
        signal: stop.signal,
        onStart: () => {
          stop.abort(Object.assign(new Error('stopped'), { code: 'SIGTERM' }));
        },
      });
      assert.deepEqual(
        [verdict, endedBy],
        [
          { code: 'NOTHING_SENT', sentences: ['Nothing was sent, so nothing is known.'] },
          { code: 'SIGTERM' },
        ],
      );
    },
  );
}

test('each code of the table has its condition here', () => {
  const walked = new Set<string>(['NOTHING_SENT', ...ROWS.map(({ code }) => code)]);
  assert.deepEqual(
    VERDICT_CODES.filter((code) => !walked.has(code)),
    [],
  );
});
