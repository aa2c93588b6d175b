// Requests forged from addresses of the server's own network that nobody has: the replies wait for ARP
// (RFC 826) or neighbour discovery (RFC 4861), and must not hold up those to honest clients.

import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { ServerCounters } from '../../src/index.ts';
import { JsonServer, nonZero, total } from '../helpers/json-server.ts';
import { needsLinuxEngine, residentBytes } from '../helpers/linux.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { peerPath } from '../helpers/peers.ts';
import { BIN, type Program } from '../helpers/programs.ts';
import {
  needsSendBufferLimit,
  USUAL_WMEM_MAX,
  withUsualSendBufferLimit,
} from '../helpers/send-buffer-limit.ts';
import { firstSkip, needsNamespaces, needsProgram } from '../helpers/skips.ts';

const skip = firstSkip(
  needsNamespaces(),
  needsProgram('python3'),
  needsProgram('setpriv'),
  needsSendBufferLimit(),
);

const MEBIBYTE = 1024 * 1024;

/** Below the limit of one source, 1,000 a second. */
const FORGED_PPS = 900;
const ATTACK_SECONDS = 8;

/** One client is there before the attack, another one comes while it lasts; both have gone when it ends. */
const HONEST_PPS = 100;
const EARLY_COUNT = 700;
const LATE_COUNT = 400;

const NO_CAPABILITIES = [
  'setpriv',
  '--bounding-set=-all',
  '--inh-caps=-all',
  '--ambient-caps=-all',
];

/** Dead neighbours are in a /56 of their own: it is one source to the limits, as an IPv4 address is. */
const FAMILIES = {
  IPv4: { server: '10.77.0.2', firstDead: '10.77.1.0' },
  IPv6: { server: 'fd77:0:0:100::2', firstDead: 'fd77::1000' },
} as const;

interface Attack {
  readonly engine: 'linux' | 'portable';
  readonly family: keyof typeof FAMILIES;
  readonly neighbours: number;
  readonly payloadBytes?: number;
}

interface Outcome {
  /** Part of its requests to which a client that was there before got no reply. */
  readonly earlyLossRatio: number;
  /** The same of one that came later, and whose address the server's host had to ask for. */
  readonly lateLossRatio: number;
  readonly counters: ServerCounters;
  /** What the server said of datagrams. */
  readonly told: Readonly<Record<string, number>>;
  readonly grownBytes: number;
}

/** Two hosts on a wire with the networks 10.77.0.0/16, fd77::/64 and fd77:0:0:100::/64. */
async function pairOfBoth(t: TestContext): Promise<[NetworkNamespace, NetworkNamespace]> {
  const hosts = NetworkNamespace.createPair(t);
  for (const [index, host] of hosts.entries()) {
    const number = index + 1;
    for (const network of ['fd77:', 'fd77:0:0:100:']) {
      host.run('ip', 'address', 'add', `${network}:${number}/64`, 'dev', 'wire', 'nodad');
    }
    host.run('ip', 'address', 'add', `10.77.0.${number}/16`, 'dev', 'wire');
  }
  for (const host of hosts) await host.untilRunning('wire');
  return hosts;
}

/** Has dead neighbours ask a server, which has no capability, while an honest client does. */
async function attack(t: TestContext, plan: Attack): Promise<Outcome> {
  const { engine, family, neighbours, payloadBytes = 64 } = plan;
  const { server: address, firstDead } = FAMILIES[family];
  const [client, host] = await pairOfBoth(t);
  const command = [...NO_CAPABILITIES, process.execPath, BIN];
  const server = await withUsualSendBufferLimit(() =>
    JsonServer.startAs(t, host, command, '--engine', engine, '--host', address),
  );
  assert.equal(server.listening.sendBuffer.grantedBytes, USUAL_WMEM_MAX);
  const mac = host.run('cat', '/sys/class/net/wire/address').trim();
  const before = residentBytes(server.pid);
  const clientOf = (count: number): Program => {
    const args = [server.port, HONEST_PPS, count].map(String);
    return client.start(t, 'python3', peerPath('steady_client.py'), address, ...args);
  };
  const early = clientOf(EARLY_COUNT);
  await early.untilStdout(/started\n/);
  const sources = [firstDead, String(neighbours)];
  const amounts = [FORGED_PPS, ATTACK_SECONDS, payloadBytes].map(String);
  const args = ['wire', mac, address, String(server.port), ...sources, ...amounts];
  const forger = client.start(t, 'python3', peerPath('forge_neighbours.py'), ...args);
  await forger.untilStdout(/started\n/);
  host.run(
    'ip',
    'neighbour',
    'flush',
    'dev',
    'wire',
    'nud',
    'reachable',
    'nud',
    'stale',
    'nud',
    'delay',
  );
  const late = clientOf(LATE_COUNT);
  const lateLossRatio = await lossRatioOf(late);
  const earlyLossRatio = await lossRatioOf(early);
  await forger.untilStdout(/sent \d+\n/);
  const grownBytes = residentBytes(server.pid) - before;
  const counters = await server.stop();
  return { earlyLossRatio, lateLossRatio, counters, told: server.told, grownBytes };
}

async function lossRatioOf(client: Program): Promise<number> {
  const [, counts = ''] = await client.untilStdout(/(\{.*\})\n/);
  const { sent, received } = JSON.parse(counts) as { sent: number; received: number };
  return (sent - received) / sent;
}

/** Nothing that was received is without a count, each that was told has its outcome, and nothing grew. */
function assertCounted({ counters, told, grownBytes }: Outcome): void {
  const { receivedDatagrams, sentDatagrams, refused, sendFailed } = counters;
  assert.equal(sentDatagrams + total(refused) + total(sendFailed), receivedDatagrams);
  const { received = 0, sent = 0, unreported = 0 } = told;
  assert.equal(received + unreported, receivedDatagrams);
  const notSent = Object.entries(told).filter(([name]) => /^(?:not-sent|refused) /.test(name));
  assert.equal(sent + total(Object.fromEntries(notSent)), received);
  assert.ok(grownBytes < 16 * MEBIBYTE, `grew by ${grownBytes} bytes`);
}

function assertBorne(lossRatio: number): void {
  assert.ok(lossRatio < 0.01, `${lossRatio * 100} % of an honest client's requests were lost`);
}

describe(
  'the linux engine',
  { concurrency: true, skip: firstSkip(skip, needsLinuxEngine()) },
  () => {
    for (const [family, neighbours, payloadBytes] of [
      ['IPv4', 1, 64],
      ['IPv4', 20, 64],
      ['IPv4', 20, 1400],
      ['IPv4', 250, 64],
      ['IPv6', 1, 64],
      ['IPv6', 20, 64],
    ] as const) {
      const title = `answers others while ${neighbours} dead neighbours ask over ${family} with ${payloadBytes} bytes`;
      test(title, async (t) => {
        const plan = { engine: 'linux', family, neighbours, payloadBytes } as const;
        const outcome = await attack(t, plan);
        assertBorne(outcome.earlyLossRatio);
        assertBorne(outcome.lateLossRatio);
        assertCounted(outcome);
        assert.deepEqual(Object.keys(nonZero(outcome.counters.sendFailed)), ['unresolved']);
        assert.ok(outcome.told['not-sent unresolved'], 'no reply told as unresolved');
      });
    }

    for (const family of ['IPv4', 'IPv6'] as const) {
      test(`answers known neighbours while 60,000 dead neighbours ask over ${family}`, async (t) => {
        const outcome = await attack(t, { engine: 'linux', family, neighbours: 60_000 });
        assertBorne(outcome.earlyLossRatio);
        // A client that comes meanwhile waits for one of the places that 60,000 others want too.
        assert.ok(outcome.lateLossRatio < 0.5, `${outcome.lateLossRatio * 100} % lost`);
        assertCounted(outcome);
      });
    }
  },
);

describe('the portable engine', { concurrency: true, skip }, () => {
  for (const family of ['IPv4', 'IPv6'] as const) {
    test(`answers others while one dead neighbour asks over ${family}`, async (t) => {
      const outcome = await attack(t, { engine: 'portable', family, neighbours: 1 });
      assertBorne(outcome.earlyLossRatio);
      assertBorne(outcome.lateLossRatio);
      assertCounted(outcome);
    });
  }

  test('keeps few replies to two dead neighbours, and counts what it drops', async (t) => {
    const outcome = await attack(t, { engine: 'portable', family: 'IPv4', neighbours: 2 });
    assertCounted(outcome);
    assert.ok(outcome.counters.sendFailed.EAGAIN > 0);
  });
});
