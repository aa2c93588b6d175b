// What every engine's probe channel must do. Each engine's test file runs this suite against it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test, type TestContext } from 'node:test';
import type { SocketAddress } from '../../src/socket/ip-address.ts';
import {
  STRANGER,
  type Arrival,
  type IcmpArrival,
  type ProbeChannel,
  type ProbeChannelOptions,
  type ProbePeer,
  type ProbeSink,
} from '../../src/socket/probe-channel.ts';
import { until } from '../helpers/deadline.ts';
import { startPeer } from '../helpers/peers.ts';
import { firstSkip, needsIPv6, needsProgram, type Skip } from '../helpers/skips.ts';
import { closedPort, UdpPeer } from '../helpers/udp.ts';

/** An engine under test. */
export interface ChannelUnderTest {
  readonly name: 'linux' | 'portable';
  readonly skip: Skip;
  /** Of tests that need the kernel's stamps of the engine that has them. */
  readonly stampsSkip: Skip;
  /** Of tests that need the kernel's counts of dropped datagrams. */
  readonly dropsSkip: Skip;
  /** The test closes what it opens. */
  readonly open: (t: TestContext, options: ProbeChannelOptions) => Promise<ProbeChannel>;
}

const PAYLOAD_BYTES = 16;
const EF = 46;
const CS1 = 8;

const OPTIONS: ProbeChannelOptions = {
  ipVersion: 4,
  peer: undefined,
  ports: 1,
  payloadBytes: PAYLOAD_BYTES,
  receiveBufferBytes: 65_536,
  ttl: undefined,
  allowBroadcast: false,
};

const FAMILIES = [
  { ipVersion: 4, address: '127.0.0.1', icmp: [3, 3], skip: () => false as Skip },
  { ipVersion: 6, address: '::1', icmp: [1, 4], skip: needsIPv6 },
] as const;

/** What the sink was told, copied. */
class Told implements ProbeSink {
  readonly arrivals: {
    readonly ticket: number;
    readonly peer: number;
    readonly port: number;
    readonly sender: SocketAddress;
    readonly receivedNs: number;
    readonly kernelNs: number;
  }[] = [];
  readonly errors: {
    readonly systemCode: string;
    readonly from: string | null;
    readonly icmp: readonly (number | null)[];
    readonly ticket: number | null;
  }[] = [];
  readonly stamps = new Map<number, number>();
  readonly failures = new Map<number, string>();

  receive(arrival: Arrival): void {
    const { view, start, payloadBytes, peer, port, receivedNs, kernelReceivedNs } = arrival;
    const ticket = payloadBytes < 8 ? NaN : view.getFloat64(start);
    const sender = arrival.sender();
    this.arrivals.push({ ticket, peer, port, sender, receivedNs, kernelNs: kernelReceivedNs });
  }

  receiveIcmp({ systemCode, from, icmpType, icmpCode, view, ...quote }: IcmpArrival): void {
    const ticket = quote.quotedBytes < 8 ? null : view.getFloat64(quote.start);
    this.errors.push({ systemCode, from, icmp: [icmpType, icmpCode], ticket });
  }

  stampSent(ticket: number, kernelSentNs: number): void {
    this.stamps.set(ticket, kernelSentNs);
  }

  failSend(ticket: number, systemCode: string): void {
    this.failures.set(ticket, systemCode);
  }
}

interface Probe {
  readonly ticket: number;
  readonly port?: number;
  readonly peer?: number;
  readonly payloadBytes?: number;
}

/** Sends probes that carry their tickets. */
function sendAll(channel: ProbeChannel, probes: readonly Probe[]): void {
  const { batch } = channel;
  probes.forEach(({ ticket, port = 0, peer = 0, payloadBytes = PAYLOAD_BYTES }, entry) => {
    batch.view.setFloat64(batch.startOf(entry), ticket);
    batch.payloadBytes[entry] = payloadBytes;
    batch.ports[entry] = port;
    batch.peers[entry] = peer;
    batch.tickets[entry] = ticket;
  });
  channel.send(probes.length);
}

/** Lets the channel tell what came until `holds`. */
async function hear(channel: ProbeChannel, holds: () => boolean, what: string): Promise<void> {
  await until(() => {
    channel.look();
    channel.receive();
    return holds();
  }, what);
}

async function openEcho(t: TestContext, address = '127.0.0.1'): Promise<ProbePeer> {
  const echo = await UdpPeer.open(t, address);
  echo.socket.on('message', (payload, from) => {
    echo.socket.send(payload, from.port, from.address);
  });
  return { address, port: echo.port, dscp: undefined };
}

/**
 * Resolves when the kernel stamps what arrives, as it then does while this channel is open. It begins a moment after the
 * first socket of the machine asks for it, from a work queue (net_enable_timestamp of Linux's net/core/dev.c).
 */
async function untilArrivalsAreStamped(channel: ProbeChannel): Promise<void> {
  const told = new Told();
  channel.start(told);
  await until(() => {
    sendAll(channel, [{ ticket: 1 }]);
    channel.look();
    channel.receive();
    return told.arrivals.some(({ kernelNs }) => !Number.isNaN(kernelNs));
  }, 'a reply that the kernel stamped');
}

function assertInOrder(...timesNs: readonly number[]): void {
  const isInOrder = timesNs.every((timeNs, at) => at === 0 || timeNs >= timesNs[at - 1]!);
  assert.ok(isInOrder, `${timesNs.join(' ns, ')} ns are in order`);
}

/** Registers the contract's tests for one engine. */
export function probeChannelContract(channel: ChannelUnderTest): void {
  const { name, skip, stampsSkip, dropsSkip, open } = channel;
  const isLinux = name === 'linux';

  /** What makes each reply of the test have the kernel's stamp, if the engine has stamps. */
  const haveStamps = async (t: TestContext): Promise<void> => {
    if (!isLinux) return;
    await untilArrivalsAreStamped(await open(t, { ...OPTIONS, peer: await openEcho(t) }));
  };

  describe(`the ${name} probe channel`, () => {
    for (const { ipVersion, address, icmp, skip: familySkip } of FAMILIES) {
      const options = { skip: firstSkip(skip, familySkip()) };

      test(
        `sends a batch by two ports and hears its replies over IPv${ipVersion}`,
        { skip: firstSkip(options.skip, stampsSkip) },
        async (t) => {
          await haveStamps(t);
          const peer = await openEcho(t, address);
          const channel = await open(t, { ...OPTIONS, ipVersion, peer, ports: 2 });
          const told = new Told();
          channel.start(told);
          const sentNs = channel.nowNs;
          sendAll(channel, [
            { ticket: 7, port: 0 },
            { ticket: 2 ** 40, port: 1 },
            { ticket: 3, port: 1 },
          ]);
          await hear(channel, () => told.arrivals.length === 3, 'three replies');
          assert.deepEqual(told.arrivals.map(({ ticket, port }) => `${ticket} ${port}`).sort(), [
            '1099511627776 1',
            '3 1',
            '7 0',
          ]);
          for (const { peer: index, receivedNs, kernelNs, sender } of told.arrivals) {
            assert.equal(index, 0);
            assert.deepEqual([sender.address, sender.port], [address, peer.port]);
            assertInOrder(sentNs, receivedNs, channel.nowNs);
            if (isLinux) assertInOrder(sentNs, kernelNs, receivedNs);
            else assert.equal(kernelNs, NaN);
          }
        },
      );

      test(`hears "port unreachable" over IPv${ipVersion}`, options, async (t) => {
        const port = await closedPort(t, address);
        const peer = { address, port, dscp: undefined };
        const channel = await open(t, { ...OPTIONS, ipVersion, peer });
        const told = new Told();
        channel.start(told);
        sendAll(channel, [{ ticket: 5 }]);
        await hear(channel, () => told.errors.length === 1, 'an ICMP error');
        const expected = isLinux
          ? { systemCode: 'ECONNREFUSED', from: address, icmp, ticket: 5 }
          : { systemCode: 'ECONNREFUSED', from: null, icmp: [null, null], ticket: null };
        assert.deepEqual(told.errors, [expected]);
        assert.equal(told.failures.size, 0);
      });

      test(
        `asks one address as several peers at once, over IPv${ipVersion}`,
        { skip: firstSkip(options.skip, needsProgram('python3')) },
        async (t) => {
          // node:dgram can't mark a datagram.
          const marksOf = isLinux ? [EF, CS1, undefined] : [undefined, undefined, undefined];
          const server = startPeer(t, 'tos_list.py', address, '4');
          const [, port] = await server.untilStdout(/listening (\d+)\n/);
          const channel = await open(t, { ...OPTIONS, ipVersion });
          const told = new Told();
          channel.start(told);
          const peers = marksOf.map((dscp) =>
            channel.addPeer({ address, port: Number(port), dscp }),
          );
          assert.deepEqual(peers, [0, 1, 2]);
          sendAll(channel, [
            { ticket: 1, peer: 0 },
            { ticket: 2, peer: 1 },
            { ticket: 3, peer: 2 },
            { ticket: 4, peer: 0 },
          ]);
          const [, marks] = await server.untilStdout(/tos (.*)\n/);
          // The six upper bits of the octet.
          const [first, second, third] = marksOf.map((dscp = 0) => dscp << 2);
          assert.equal(marks, `1=${first} 2=${second} 3=${third} 4=${first}`);
          await hear(channel, () => told.arrivals.length === 4, 'four replies');
          // Replies don't say for which of the three they are: the first with the address stands for all.
          assert.deepEqual(
            told.arrivals.map(({ peer }) => peer),
            [0, 0, 0, 0],
          );
          if (channel.hasStamps) {
            await hear(channel, () => told.stamps.size === 4, 'four stamps');
          }
        },
      );
    }

    const options = { skip };

    test('marks a peer’s probes, or says that it can’t', options, async (t) => {
      const channel = await open(t, OPTIONS);
      const add = (): number => channel.addPeer({ address: '127.0.0.1', port: 9, dscp: EF });
      if (isLinux) assert.equal(add(), 0);
      else assert.throws(add, { code: 'ECHOGRAM_ERR_NEEDS_LINUX' });
    });

    test('tells a peer from a stranger where it is not connected', options, async (t) => {
      const peers = [await openEcho(t), await openEcho(t)];
      const channel = await open(t, OPTIONS);
      const told = new Told();
      channel.start(told);
      for (const peer of peers) channel.addPeer(peer);
      sendAll(channel, [
        { ticket: 1, peer: 1 },
        { ticket: 2, peer: 0 },
      ]);
      await hear(channel, () => told.arrivals.length === 2, 'two replies');
      const stranger = await UdpPeer.open(t);
      await stranger.send('', channel.localPorts[0]!);
      await hear(channel, () => told.arrivals.length === 3, 'a stranger');
      assert.deepEqual(
        new Map(told.arrivals.map(({ peer, sender }) => [peer, sender.port])),
        new Map([
          [1, peers[1]!.port],
          [0, peers[0]!.port],
          [STRANGER, stranger.port],
        ]),
      );
    });

    test('a connected channel takes no more peers, and node:dgram no DSCP', options, async (t) => {
      const peer = await openEcho(t);
      const connected = await open(t, { ...OPTIONS, peer });
      assert.throws(() => connected.addPeer(peer), TypeError);
      if (isLinux) return;
      const many = await open(t, OPTIONS);
      const expected = { code: 'ECHOGRAM_ERR_NEEDS_LINUX' };
      assert.throws(() => many.addPeer({ ...peer, dscp: EF }), expected);
      await assert.rejects(open(t, { ...OPTIONS, peer: { ...peer, dscp: EF } }), expected);
    });

    test(
      'what the system refuses has failed, and all others have their own stamps',
      { skip: firstSkip(skip, stampsSkip) },
      async (t) => {
        await haveStamps(t);
        const peer = await openEcho(t);
        const channel = await open(t, { ...OPTIONS, payloadBytes: 65_508 });
        const told = new Told();
        channel.start(told);
        channel.addPeer(peer);
        // connect(2) and sendto(2): a broadcast address without SO_BROADCAST.
        const broadcast = channel.addPeer({ ...peer, address: '127.255.255.255' });
        const sentNs = channel.nowNs;
        sendAll(channel, [
          { ticket: 10 },
          { ticket: 11, payloadBytes: 65_508 },
          { ticket: 12 },
          { ticket: 13, peer: broadcast },
          { ticket: 14 },
        ]);
        await hear(
          channel,
          () => told.arrivals.length === 3 && told.failures.size === 2,
          'five fates',
        );
        assert.deepEqual(
          told.failures,
          new Map([
            [11, 'EMSGSIZE'],
            [13, 'EACCES'],
          ]),
        );
        assert.deepEqual(told.arrivals.map(({ ticket }) => ticket).sort(), [10, 12, 14]);
        if (!channel.hasStamps) return;
        await hear(channel, () => told.stamps.size === 3, 'three stamps');
        assert.deepEqual([...told.stamps.keys()].sort(), [10, 12, 14]);
        for (const { ticket, kernelNs } of told.arrivals) {
          assertInOrder(sentNs, told.stamps.get(ticket)!, kernelNs);
        }
      },
    );

    test('wakes from a sleep that it was woken from before', options, async (t) => {
      const peer = await openEcho(t);
      const channel = await open(t, { ...OPTIONS, peer });
      channel.start(new Told());
      const beforeNs = channel.nowNs;
      channel.wake();
      const sleeping = channel.sleepUntil(beforeNs + 20e9);
      if (sleeping !== undefined) await sleeping;
      assert.ok(channel.nowNs < beforeNs + 15e9, 'it slept on');
    });

    test(
      'counts each datagram that there was no room for',
      { skip: firstSkip(skip, dropsSkip, needsProgram('python3')) },
      async (t) => {
        const channel = await open(t, OPTIONS);
        const told = new Told();
        channel.start(told);
        const [port] = channel.localPorts;
        const flood = `import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(2000): s.sendto(b'x', ('127.0.0.1', ${port}))`;
        // Nothing is read meanwhile: it blocks this thread.
        assert.equal(spawnSync('python3', ['-c', flood]).status, 0);
        const waiting = channel.drain();
        if (waiting !== undefined) await waiting;
        const drops = channel.takeDrops(true)!;
        await hear(channel, () => told.arrivals.length + drops >= 2000, 'all that had room');
        assert.ok(drops > 0, 'nothing was dropped, so nothing is shown');
        assert.equal(told.arrivals.length + drops, 2000);
        assert.equal(channel.takeDrops(true), 0);
      },
    );
  });
}
