// echogram mtu where the limits of each direction are known: the number that it prints is the path's own, to the octet.
// docs/mtu.md has the table of what can be known.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { MtuNetwork, type Family } from '../../helpers/mtu-network.ts';
import { found, startServer, type Server } from '../../helpers/mtu-run.ts';
import { firstSkip, needsIPv6, needsLinuxEngine, needsNamespaces } from '../../helpers/skips.ts';

const SKIP = {
  4: firstSkip(needsNamespaces(), needsLinuxEngine()),
  6: firstSkip(needsNamespaces(), needsLinuxEngine(), needsIPv6()),
} as const;

const FAMILIES: readonly Family[] = [4, 6];

interface Row {
  readonly title: string;
  readonly families?: readonly Family[];
  readonly server?: Server;
  readonly flags?: readonly string[];
  readonly prepare: (network: MtuNetwork) => void;
  /** By hand, from the limits that the test sets. */
  readonly there: readonly [mtu: number | null, limitedBy: string];
  readonly back: readonly [mtu: number | null, how: string, cause?: string];
  readonly code?: string;
  /** Who limits the way there. */
  readonly router?: 'left';
  /** The largest packet that comes back whole. */
  readonly echoed?: number;
  /** What becomes of longer datagrams that the host fragments. */
  readonly fragments?: 'pass' | 'dropped';
}

const ROWS: readonly Row[] = [
  // Longer replies come in fragments that a router fragments again (IPv4), or whose size the server learns (IPv6).
  ...(
    [
      [4, 'cut'],
      [6, 'icmp'],
    ] as const
  ).map(([family, cause]): Row => ({
    title: 'the own interface',
    families: [family],
    prepare: ({ host, left }) => {
      for (const at of [host, left]) at.run('ip', 'link', 'set', 'near', 'mtu', '1450');
    },
    there: [1450, 'interface'],
    back: [1450, 'fragments', cause],
  })),
  {
    title: 'routers that say so, each way another',
    prepare: (network) => {
      network.narrow('there', 1400);
      network.narrow('back', 1300);
    },
    there: [1400, 'ptb'],
    back: [1300, 'fragments', 'icmp'],
    router: 'left',
  },
  {
    title: 'a limit that is no multiple of eight',
    server: 'portable',
    prepare: (network) => {
      network.narrow('there', 1407);
      network.narrow('back', 1307);
    },
    there: [1407, 'ptb'],
    back: [1307, 'fragments', 'icmp'],
  },
  {
    title: 'a server in Python',
    families: [4],
    server: 'python',
    prepare: (network) => {
      network.narrow('back', 1303);
    },
    there: [1500, 'interface'],
    back: [1303, 'fragments', 'icmp'],
  },
  {
    title: 'socat as the server',
    server: 'socat',
    prepare: (network) => {
      network.narrow('there', 1403);
      network.narrow('back', 1403);
    },
    there: [1403, 'ptb'],
    back: [1403, 'fragments', 'icmp'],
  },
  {
    title: 'a server whose own link is narrower',
    prepare: ({ server, right }) => {
      for (const at of [server, right]) at.run('ip', 'link', 'set', 'far', 'mtu', '1350');
    },
    there: [1350, 'ptb'],
    back: [1350, 'fragments', 'cut'],
  },
  {
    title: 'a server that does not forbid fragmentation',
    families: [4],
    prepare: (network) => {
      network.server.run('sysctl', '-qw', 'net.ipv4.ip_no_pmtu_disc=1');
      network.narrow('back', 1300);
    },
    there: [1500, 'interface'],
    back: [1300, 'fragments', 'cut'],
  },
  {
    title:
      'a silent hole on the way there, which a plain echo does not tell from one on the way back',
    families: [4],
    prepare: (network) => {
      network.narrowSilently('there', 1404);
    },
    there: [null, 'unknown'],
    back: [null, 'unknown'],
    code: 'DIRECTION_UNKNOWN',
    echoed: 1404,
  },
  {
    title: 'a silent hole on the way there, which replies to fragments show',
    families: [6],
    prepare: (network) => {
      network.narrowSilently('there', 1404);
    },
    there: [1404, 'silent'],
    back: [null, 'fragments', 'cut'],
    echoed: 1404,
  },
  {
    title:
      'a silent hole on the way back, which a plain echo does not tell from one on the way there',
    prepare: (network) => {
      network.narrowSilently('back', 1304);
    },
    there: [null, 'unknown'],
    back: [null, 'unknown'],
    code: 'DIRECTION_UNKNOWN',
    echoed: 1304,
  },
  ...(['stateful', 'udp-echo-plus'] as const).flatMap((server): Row[] => {
    const protocol = server === 'stateful' ? 'stamp' : server;
    const flags = ['--protocol', protocol];
    return [
      {
        title: `a silent hole on the way there, of which ${protocol} tells`,
        ...{ server, flags, families: [4] },
        prepare: (network) => {
          network.narrowSilently('there', 1404);
        },
        there: [1404, 'silent'],
        back: [null, 'whole'],
      },
      {
        title: `a silent hole on the way back, of which ${protocol} tells`,
        ...{ server, flags },
        prepare: (network) => {
          network.narrowSilently('back', 1304);
        },
        there: [1500, 'interface'],
        back: [1304, 'silent'],
        echoed: 1304,
      },
      {
        title: `silent holes both ways, of which ${protocol} tells`,
        ...{ server, flags },
        prepare: (network) => {
          network.narrowSilently('there', 1404);
          network.narrowSilently('back', 1304);
        },
        there: [1404, 'silent'],
        back: [1304, 'silent'],
        echoed: 1304,
      },
    ];
  }),
  {
    title: 'a router of before RFC 1191, which does not say how much it takes',
    families: [4],
    prepare: (network) => {
      network.narrow('there', 1401);
      network.filterOwn(network.left, 'icmp type destination-unreachable icmp mtu set 0');
    },
    there: [1401, 'ptb'],
    back: [1500, 'fragments', 'cut'],
  },
  {
    title: 'a router that says less than it takes',
    families: [4],
    prepare: (network) => {
      network.narrow('there', 1401);
      network.filterOwn(network.left, 'icmp type destination-unreachable icmp mtu set 1000');
    },
    there: [1401, 'ptb'],
    back: [1500, 'fragments', 'cut'],
  },
  {
    title: 'ICMP errors that name more than was sent',
    families: [4],
    server: 'stateful',
    flags: ['--protocol', 'stamp'],
    prepare: (network) => {
      network.narrow('there', 1401);
      network.filterOwn(network.left, 'icmp type destination-unreachable icmp mtu set 1600');
    },
    there: [1401, 'silent'],
    back: [1500, 'fragments', 'cut'],
  },
  {
    title: 'ICMP errors that name less than any IPv6 link has',
    families: [6],
    server: 'stateful',
    flags: ['--protocol', 'stamp'],
    prepare: (network) => {
      network.narrow('there', 1401);
      network.filterOwn(network.left, 'icmpv6 type packet-too-big icmpv6 mtu set 1000');
    },
    there: [1401, 'silent'],
    back: [null, 'fragments', 'cut'],
  },
  {
    title: 'fragments are dropped',
    prepare: (network) => {
      network.narrow('there', 1400);
      network.dropFragments();
    },
    there: [1400, 'ptb'],
    back: [null, 'whole'],
    fragments: 'dropped',
  },
  {
    title: 'a fifth of all round trips is lost',
    prepare: (network) => {
      network.narrow('there', 1400);
      network.narrow('back', 1300);
      network.lose(10);
    },
    there: [1400, 'ptb'],
    back: [1300, 'fragments'],
  },
  {
    title: 'a fifth of all round trips is lost, and a hole is silent',
    families: [4],
    prepare: (network) => {
      network.narrowSilently('there', 1404);
      network.lose(10);
    },
    there: [null, 'unknown'],
    back: [null, 'unknown'],
    code: 'DIRECTION_UNKNOWN',
    echoed: 1404,
  },
];

for (const row of ROWS) {
  for (const family of row.families ?? FAMILIES) {
    test(`${row.title} (IPv${family})`, { skip: SKIP[family] }, async (t) => {
      await check(t, row, family);
    });
  }
}

async function check(t: TestContext, row: Row, family: Family): Promise<void> {
  const network = await MtuNetwork.create(t);
  row.prepare(network);
  await startServer(t, network, row.server ?? 'echogram');
  const result = await found(t, network, family, ...(row.flags ?? []));
  const { forward, backward, verdict, fragments, echoedPayload } = result;
  const why = JSON.stringify({ verdict, sizes: result.sizes });
  assert.deepEqual([forward.mtu, forward.limitedBy], row.there, why);
  const [mtu, how, cause = backward.cause] = row.back;
  assert.deepEqual([backward.mtu, backward.how, backward.cause], [mtu, how, cause], why);
  if (row.router !== undefined) assert.equal(forward.router, network.addressOf(row.router, family));
  if (row.echoed !== undefined) assert.equal(echoedPayload, row.echoed - (family === 4 ? 28 : 48));
  if (row.fragments !== undefined) assert.equal(fragments.local, row.fragments);
  assert.equal(verdict.code, row.code ?? 'FOUND');
}
