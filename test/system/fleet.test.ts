// A fleet between hosts of their own: what a network loses, those who are dead, and lists that change.

import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { sentOf, type Counts } from '../../src/watch/counts.ts';
import { ENGINES } from '../helpers/engines.ts';
import { FleetOnHost } from '../helpers/fleet-on-host.ts';
import type { MemberOptions } from '../helpers/made-fleet.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { needsSendBufferLimit, withUsualSendBufferLimit } from '../helpers/send-buffer-limit.ts';
import { firstSkip, needsNamespaces, needsProgram } from '../helpers/skips.ts';

const skipAny = firstSkip(needsNamespaces(), needsProgram('nft'));

const SERVER = '10.77.0.2';
const ECHO_PORT = 10_000;
const STAMP_PORT = 862;
/** Of the network, and nobody's. */
const DEAD = '10.77.0.99';

/** Two hosts, the second with a server of both protocols. */
async function hostsWithServer(t: TestContext): Promise<[NetworkNamespace, NetworkNamespace]> {
  const [near, far] = NetworkNamespace.createPair(t);
  for (const host of [near, far]) await host.untilRunning('wire');
  // A run of replies is one packet to nftables.
  const flags = ['--host', SERVER, '--limit', '0', '--no-gso', '--stamp', '--stamp-stateful'];
  const server = far.startEchogram(t, 'serve', ...flags);
  await server.untilStderr(/stamp .* port 862\n/);
  return [near, far];
}

/** Drops every so many requests where they arrive, and every so many replies. @returns how many it dropped of each */
function lose(
  [near, far]: readonly [NetworkNamespace, NetworkNamespace],
  port: number,
  { every, everyReply }: { every: number; everyReply: number },
): () => { forward: number; backward: number } {
  const ends = [
    { host: far, match: ['udp', 'dport'], mod: every },
    { host: near, match: ['udp', 'sport'], mod: everyReply },
  ];
  for (const { host, match, mod } of ends) {
    const hook = '{ type filter hook input priority 0 ; }';
    host.run('nft', 'add', 'table', 'ip', 'lossy');
    host.run('nft', 'add', 'chain', 'ip', 'lossy', 'input', hook);
    const rule = [...match, String(port), 'numgen', 'inc', 'mod', String(mod), '0'];
    host.run('nft', 'add', 'rule', 'ip', 'lossy', 'input', ...rule, 'counter', 'drop');
  }
  const dropped = (host: NetworkNamespace): number =>
    Number(/packets (\d+)/.exec(host.run('nft', 'list', 'chain', 'ip', 'lossy', 'input'))![1]);
  return () => ({ forward: dropped(far), backward: dropped(near) });
}

function total(counts: Readonly<Record<string, Counts>>, name: keyof Counts): number {
  return Object.values(counts).reduce((sum, some) => sum + some[name], 0);
}

function membersOf(
  count: number,
  optionsOf: (index: number) => MemberOptions,
): Record<string, MemberOptions> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`target ${index}`, optionsOf(index)]),
  );
}

for (const { engine, skip: skipEngine } of ENGINES) {
  const skip = firstSkip(skipEngine, skipAny);

  describe(`a fleet on the ${engine} engine`, () => {
    test('counts exactly what the network loses, of 20 targets', { skip }, async (t) => {
      const hosts = await hostsWithServer(t);
      const dropped = lose(hosts, ECHO_PORT, { every: 7, everyReply: 5 });
      const fleet = await FleetOnHost.start(t, hosts[0], engine);
      const members = membersOf(20, (index) => ({
        ...{ address: SERVER, port: ECHO_PORT, intervalMs: 50 + index, payloadBytes: 44 + index },
      }));
      fleet.set(members);
      await fleet.untilTold(({ counts }) => total(counts, 'lost') > 200, '200 losses');
      const { counts, columns, counters } = await fleet.stop();
      const { forward, backward } = dropped();
      assert.equal(total(counts, 'lost'), forward + backward);
      assert.deepEqual(columns, counts);
      for (const name of ['late', 'stray', 'duplicate', 'sendFailed'] as const) {
        assert.equal(total(counts, name), 0, name);
      }
      assert.deepEqual([counters.strangers, counters.hostDropped.ipv4], [0, 0]);
    });

    test('tells the way of losses of stateful STAMP', { skip }, async (t) => {
      const hosts = await hostsWithServer(t);
      const dropped = lose(hosts, STAMP_PORT, { every: 11, everyReply: 13 });
      const fleet = await FleetOnHost.start(t, hosts[0], engine);
      fleet.set(
        membersOf(10, () => ({
          ...{ address: SERVER, port: STAMP_PORT, protocol: 'stamp', intervalMs: 40 },
        })),
      );
      await fleet.untilTold(({ counts }) => total(counts, 'lost') > 150, '150 losses');
      const { counts } = await fleet.stop();
      const { forward, backward } = dropped();
      const [lost, there, back] = (['lost', 'lostForward', 'lostBackward'] as const).map((name) =>
        total(counts, name),
      ) as [number, number, number];
      assert.equal(lost, forward + backward);
      assert.ok(there <= forward && back <= backward, `${there} ${forward}, ${back} ${backward}`);
      // Behind the last reply of each nobody knows; there are at most a few of these.
      assert.ok(lost - there - back <= 2 * 10, `${lost} − ${there} − ${back}`);
    });
  });
}

test(
  'dead neighbours and refusing ports disturb nobody else, also in a usual send buffer',
  { skip: firstSkip(skipAny, needsSendBufferLimit()) },
  async (t) => {
    const [near] = await hostsWithServer(t);
    const fleet = await withUsualSendBufferLimit(async () => {
      const started = await FleetOnHost.start(t, near, 'linux');
      // Its sockets are opened with the first target.
      started.set({ good: { address: SERVER, port: ECHO_PORT } });
      await started.untilTold(({ counts }) => counts['good']!.received > 0, 'a reply');
      return started;
    });
    const others = membersOf(80, (index) => ({
      ...{ intervalMs: 20, timeoutMs: 500, payloadBytes: 1000 },
      ...(index < 40
        ? { address: `10.77.0.${100 + index}`, port: 7 }
        : { address: SERVER, port: 9 }),
    }));
    fleet.set({ ...others, good: { address: SERVER, port: ECHO_PORT } });
    const { counts } = await fleet.untilTold(
      ({ counts: some }) => some['target 0']!.sendFailed > 100 && some['good']!.received > 300,
      'that probes to dead neighbours are held back',
    );
    const good = counts['good']!;
    assert.deepEqual([good.sendFailed, good.lost, good.late, good.icmpErrors], [0, 0, 0, 0]);
    assert.equal(sentOf(good), good.received);
    // The far host limits its ICMP errors.
    assert.ok(total(counts, 'portUnreachable') > 0);
    for (let index = 40; index < 80; index++) {
      const { lost, sendFailed, icmpErrors } = counts[`target ${index}`]!;
      assert.deepEqual([lost > 0, sendFailed, icmpErrors], [true, 0, 0]);
    }
    const dead = counts['target 0']!;
    assert.equal(dead.received + dead.portUnreachable, 0);
    assert.ok(dead.lost > 0);
  },
);

test(
  '200 targets start without a burst',
  { skip: firstSkip(skipAny, needsProgram('tshark')) },
  async (t) => {
    const [near] = await hostsWithServer(t);
    const filter = `udp dst port ${ECHO_PORT}`;
    const fields = ['-T', 'fields', '-e', 'frame.time_epoch', '-l'];
    const capture = near.start(t, 'tshark', '-i', 'wire', '-f', filter, ...fields);
    await capture.untilStderr(/Capturing on/);
    const fleet = await FleetOnHost.start(t, near, 'linux');
    fleet.set(
      membersOf(200, () => ({
        address: SERVER,
        port: ECHO_PORT,
        intervalMs: 1000,
        payloadBytes: 64,
      })),
    );
    await fleet.untilTold(({ counts }) => total(counts, 'received') >= 600, 'three rounds');
    const { counts } = await fleet.stop();
    const sent = sentOf({
      received: total(counts, 'received'),
      late: total(counts, 'late'),
      lost: total(counts, 'lost'),
    });
    // It tells of packets some time after they were sent.
    await capture.untilStdout(new RegExp(String.raw`(?:\d+\.\d+\n){${sent}}`));
    capture.child.kill('SIGINT');
    const { stdout } = await capture.ended();
    const atMs = [...stdout.matchAll(/^(\d+\.\d+)$/gm)].map((match) => Number(match[1]) * 1000);
    assert.equal(atMs.length, sent);
    // In a second there are 200 in some order: of any tenth of it no more than twice its share.
    const tenths = new Map<number, number>();
    for (const at of atMs) {
      const tenth = Math.floor((at - atMs[0]!) / 100);
      tenths.set(tenth, (tenths.get(tenth) ?? 0) + 1);
    }
    const skipped = total(counts, 'skipped');
    assert.ok(Math.max(...tenths.values()) <= 2 * 20 + skipped, JSON.stringify([...tenths]));
  },
);

test(
  '1,000 targets come and go, over and over, and nothing grows',
  { skip: skipAny },
  async (t) => {
    const [near] = await hostsWithServer(t);
    const fleet = await FleetOnHost.start(t, near, 'linux');
    const stays = { address: SERVER, port: ECHO_PORT, intervalMs: 20 };
    const many = (round: number): Record<string, MemberOptions> =>
      Object.fromEntries(
        Array.from({ length: 1000 }, (_, index) => [
          `${round} ${index}`,
          {
            address: index % 10 === 0 ? DEAD : SERVER,
            port: ECHO_PORT + (index % 3),
            intervalMs: 5000,
          },
        ]),
      );
    const residentBytes: number[] = [];
    for (let round = 0; round < 40; round++) {
      fleet.set({ ...many(round), stays });
      await fleet.tell();
      fleet.set({ stays });
      const before = (await fleet.tell()).counts['stays']!.received;
      const report = await fleet.untilTold(
        ({ counts }) => counts['stays']!.received > before + 20,
        'replies to the one that stays',
      );
      residentBytes.push(report.residentBytes);
    }
    const { counts, columns } = await fleet.stop();
    assert.deepEqual(columns['stays'], counts['stays']);
    assert.equal(counts['stays']!.lost, 0);
    // V8's heap takes some twenty rounds to become as large as it stays.
    const [early, late] = [residentBytes.slice(24, 32), residentBytes.slice(32)].map((some) =>
      Math.min(...some),
    ) as [number, number];
    // V8 and malloc keep some; the 8,000 targets of eight rounds would be 200 MB.
    assert.ok(late - early < 64 * 2 ** 20, residentBytes.map((bytes) => bytes >> 20).join(' '));
  },
);
