// The conditions in which no reply comes in time, each with its verdict.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './temporary-folder.ts';
import {
  addIPv6,
  BRIEF,
  fast,
  filter,
  serve,
  SERVER,
  SERVER_V6,
  startOddServer,
  type Row,
} from './verdict-rows.ts';

export const UNANSWERED_ROWS: readonly Row[] = [
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
    what: "a probe that must not be fragmented is longer than the interface's MTU",
    code: 'TOO_LONG',
    needs: '--df',
    says: [
      /^Probes of 1,200 bytes do not fit the path unfragmented: this host did not send 5 \(EMSGSIZE\): the MTU of its interface, or/,
    ],
    make: ({ client }) => {
      client.run('ip', 'link', 'set', 'wire', 'mtu', '1000');
      return [...fast(5), '--df', '-s', '1200'];
    },
  },
  {
    what: 'nothing listens on the port',
    code: 'NOTHING_LISTENS',
    portable: [
      'ICMP_ERROR',
      /the system does not say which\) answers: \d ICMP "port unreachable"/,
      /^Start a server on 10\.77\.0\.2, such as `echogram serve --host 0\.0\.0\.0`, or let UDP port 10000 through its firewall\.$/,
    ],
    says: [
      /^UDP does not work: 10\.77\.0\.2 is up, but nothing listens on port 10000/,
      /^Start a server on 10\.77\.0\.2, such as `echogram serve --host 0\.0\.0\.0`, or let UDP port 10000 through its firewall\.$/,
    ],
    make: () => [...fast(5), '-W', '500ms'],
  },
  {
    what: 'the firewall of the other host rejects',
    code: 'ICMP_ERROR',
    portable: [
      'ICMP_ERROR',
      /does not say which\) answers: \d ICMP "host unreachable or prohibited/,
    ],
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
    says: [/^Port 10000 is a plain echo server: 5 of our packets came back unchanged/],
    make: async (hosts, t) => {
      await serve(hosts, t);
      return ['--protocol', 'stamp', ...fast(5), ...BRIEF];
    },
  },
  {
    what: 'the reflector signs with another key',
    code: 'WRONG_KEY',
    says: [/^UDP works, but 5 replies failed HMAC verification/],
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
    says: [/^Every reply arrived after the timeout \(\d+ of 20\): use a longer timeout\./],
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
    says: [/^UDP works, but nothing received answers a probe \(\d+ datagrams\)/],
    make: async (hosts, t) => {
      await startOddServer(hosts, t, 'stray');
      const earlier = ['ping', '-c', '1', '-W', '1ms', `${SERVER}:10000`];
      await hosts.client.startEchogram(t, ...earlier).ended();
      return [...fast(5), ...BRIEF];
    },
  },
  ...[false, true].flatMap((isIPv6) => [
    elsewhere('another port', isIPv6, 'port', [isIPv6 ? 'fd77::2' : '10.77.0.2', 10_001]),
    elsewhere('another address', isIPv6, isIPv6 ? 'address:fd77::3' : 'address:10.77.0.3', [
      isIPv6 ? 'fd77::3' : '10.77.0.3',
      10_000,
    ]),
  ]),
  {
    what: 'every reply has a wrong UDP checksum',
    code: 'DROPPED_HERE',
    says: [
      /^No reply to 20 probes could be read, but datagrams arrived and were dropped: 20 damaged on the path \(wrong UDP checksum\)\./,
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
      /^Meanwhile this host received 20 datagrams with a wrong UDP checksum/,
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
      /^No reply to 5 probes of 1,400 bytes: UDP does not work, or the path drops packets this long; to find out, measure with --size 64\./,
    ],
    make: async (hosts, t) => {
      await serve(hosts, t);
      filter(hosts.server, 'input', 'udp', 'length', '>', '1200', 'drop');
      return [...fast(5), '-s', '1400', '-W', '500ms'];
    },
  },
  {
    what: 'nothing listens on the port over IPv6',
    code: 'NOTHING_LISTENS',
    says: [
      /^UDP does not work: fd77::2 is up, but nothing listens on port 10000/,
      /^Start a server on fd77::2, such as `echogram serve --host ::`, or let UDP port 10000 through its firewall\.$/,
    ],
    portable: [
      'ICMP_ERROR',
      /^UDP does not work: .*\(the system does not say which\) answers: 5 ICMP/,
      /^Start a server on fd77::2, such as `echogram serve --host ::`, or let UDP port 10000 through its firewall\.$/,
    ],
    isIPv6: true,
    make: (hosts) => {
      addIPv6(hosts);
      return [...fast(5), '-W', '500ms'];
    },
  },
];

/** The server answers from elsewhere, which a connected socket does not hear. */
function elsewhere(
  what: string,
  isIPv6: boolean,
  mode: string,
  [address, port]: readonly [string, number],
): Row {
  const asked = isIPv6 ? SERVER_V6 : SERVER;
  const headline = `Replies come from elsewhere: from ${address} port ${port}, not ${asked} port 10000 (5 datagrams to 5 probes).`;
  return {
    what: `the server answers from ${what}${isIPv6 ? ' over IPv6' : ''}`,
    code: 'FROM_ELSEWHERE',
    says: [new RegExp(`^${headline.replace(/[.()]/g, '\\$&')}`)],
    portable: [
      'NO_REPLY',
      /^UDP does not work: no reply to 5 probes\./,
      /^Meanwhile no socket of this host accepted \d+ datagrams/,
    ],
    ...(isIPv6 ? { isIPv6 } : {}),
    make: async (hosts, t) => {
      addIPv6(hosts);
      hosts.server.run('ip', 'address', 'add', '10.77.0.3/24', 'dev', 'wire');
      hosts.server.run('ip', 'address', 'add', 'fd77::3/64', 'dev', 'wire', 'nodad');
      await startOddServer(hosts, t, mode, asked);
      return [...fast(5), '-W', '500ms'];
    },
  };
}
