// The conditions in which replies come, each with its verdict.

import {
  addIPv6,
  BRIEF,
  fast,
  filter,
  PATIENT,
  serve,
  SERVER_V6,
  type Row,
} from './verdict-rows.ts';

export const ANSWERED_ROWS: readonly Row[] = [
  {
    what: 'an echo answers',
    code: 'WORKS',
    says: [/^UDP works\. 0 lost of 20;/],
    make: async (hosts, t) => [...(await serve(hosts, t)), ...fast(20)],
  },
  {
    what: 'the path dies after 100 probes',
    code: 'DOWN_NOW',
    says: [
      /^UDP does not work right now\. The last 100 probes \(500 ms\) had no reply in time; before that, all 100 were answered/,
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
    says: [/^This host did not send 20 of 40 probes \(20 EPERM: .*firewall.*\)\. 0 lost of 20;/],
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
      /^This host did not send \d+ of 400 probes \(\d+ .*the send queue of this host's network interface is full/,
    ],
    make: async (hosts, t) => {
      await serve(hosts, t);
      // 64 kbit/s are some 75 frames a second, each with 64 octets of payload and 42 of headers.
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
    says: [
      /^UDP works up to a rate limit\. About [\d,]+ of [\d,]+ probes per second were answered/,
    ],
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
      /^UDP does not work right now\. This host could not send the last \d+ probes \(.*\); in all it did not send \d+ of 40 probes \(\d+ ENETUNREACH/,
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
    says: [/^UDP works\. 0 lost of 20;/],
    isIPv6: true,
    make: async (hosts, t) => {
      addIPv6(hosts);
      const program = hosts.server.startEchogram(t, 'serve', '--host', SERVER_V6);
      await program.untilStdout(/starting up on/);
      return fast(20);
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
      /^UDP works from only 6 of 8 source ports\. 25 % lost/,
      /^Source ports \d+ \(100 %\), \d+ \(100 %\) lose far more than the others/,
    ],
    make: async (hosts, t) => {
      await serve(hosts, t);
      // Probes take the ports in turn.
      const twoOfEight = ['udp', 'dport', '10000', 'numgen', 'inc', 'mod', '8', '<', '2', 'drop'];
      filter(hosts.server, 'input', ...twoOfEight);
      return [...fast(80), '--flows', '8', ...BRIEF];
    },
  },
  {
    what: 'sixteen of 32 source ports are dead, the last ones',
    code: 'PARTLY_WORKS',
    says: [/^UDP works from only 16 of 32 source ports\. 50 % lost/],
    make: async (hosts, t) => {
      await serve(hosts, t);
      const half = ['udp', 'dport', '10000', 'numgen', 'inc', 'mod', '32', '>', '15', 'drop'];
      filter(hosts.server, 'input', ...half);
      return [...fast(320, '20ms'), '--flows', '32', '-W', '2s'];
    },
  },
  {
    what: 'the path loses one of 25',
    code: 'WORKS_WITH_LOSSES',
    says: [/^UDP works with losses\. 4 % lost: 4 isolated losses;/],
    make: async (hosts, t) => {
      await serve(hosts, t);
      const some = ['udp', 'dport', '10000', 'numgen', 'inc', 'mod', '25', '3', 'drop'];
      filter(hosts.server, 'input', ...some);
      return [...fast(100), ...BRIEF];
    },
  },
];
