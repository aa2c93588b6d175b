// What a fleet must do on either engine, over loopback.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { noCounts, sentOf } from '../../src/watch/counts.ts';
import { deadline, until } from '../helpers/deadline.ts';
import { ENGINES } from '../helpers/engines.ts';
import { STAMP_FRAMING, UDP_ECHO_PLUS_FRAMING } from '../helpers/framing.ts';
import { ImpairmentProxy, type ProbePlan } from '../helpers/impairment-proxy.ts';
import { MadeFleet, memberOf } from '../helpers/made-fleet.ts';
import { MadeStampReflector, MadeUdpEchoPlus } from '../helpers/reflector.ts';
import { needsIPv6 } from '../helpers/skips.ts';
import { closedPort, UdpPeer } from '../helpers/udp.ts';

/** A plain echo, by another implementation than ours. @returns its port */
async function openEcho(t: TestContext, address = '127.0.0.1'): Promise<number> {
  const peer = await UdpPeer.open(t, address);
  peer.socket.on('message', (payload, { port, address: from }) => {
    peer.socket.send(payload, port, from);
  });
  return peer.port;
}

/** Probes of which some are lost. */
const PLANNED = 30;

const PASS = { kind: 'pass' } as const;
const DROP = { kind: 'drop' } as const;

const KEY = new Uint8Array(16).fill(1);
const OTHER_KEY = new Uint8Array(16).fill(2);

for (const { engine, skip } of ENGINES) {
  test(
    `${engine}: replies are counted as they come, and the columns add up to the counters`,
    { skip },
    async (t) => {
      const port = await openEcho(t);
      const made = await MadeFleet.open(t, engine);
      assert.equal(made.fleet.engine, engine);
      assert.equal(made.fleet.engineReason, null);
      made.fleet.set([
        memberOf('one', { address: '127.0.0.1', port }),
        memberOf('two', { address: '127.0.0.1', port, payloadBytes: 1400, flows: 3 }),
      ]);
      await made.untilCount('one', 'received', 5);
      await made.untilCount('two', 'received', 5);
      const open = await made.fleet.openColumns();
      assert.deepEqual([...new Set(open.map(({ key }) => key))].sort(), ['one', 'two']);
      assert.ok(open.every(({ isFinal }) => !isFinal));
      await made.fleet.stop();
      for (const key of ['one', 'two']) {
        const { counts, rttBuckets, rttSumNs, lastReplyAtMs } = made.fleet.countersOf(key)!;
        assert.deepEqual(made.sumOf(key), counts);
        assert.deepEqual(counts, {
          ...noCounts(),
          received: counts.received,
          skipped: counts.skipped,
        });
        assert.equal(
          rttBuckets.reduce((sum, count) => sum + count),
          counts.received,
        );
        assert.ok(rttSumNs > 0);
        assert.ok(Math.abs(Date.now() - lastReplyAtMs!) < 60_000);
      }
      const { sendErrorNs, strangers, clockSteps } = made.fleet.counters;
      assert.ok(sendErrorNs.p50! <= sendErrorNs.max!);
      assert.deepEqual([strangers, clockSteps, made.failures.length], [0, 0, 0]);
    },
  );

  test(
    `${engine}: a target without an address is counted as unresolved until it has one`,
    { skip },
    async (t) => {
      const port = await openEcho(t);
      const made = await MadeFleet.open(t, engine);
      made.fleet.set([memberOf('one', { port })]);
      await made.untilCount('one', 'unresolved', 2);
      made.fleet.set([memberOf('one', { address: '127.0.0.1', port })]);
      await made.untilCount('one', 'received', 2);
      await made.fleet.stop();
      const counts = made.countsOf('one');
      assert.ok(counts.unresolved >= 2);
      assert.equal(sentOf(counts), counts.received);
      assert.deepEqual(made.sumOf('one'), counts);
    },
  );

  test(
    `${engine}: another address abandons what is on its way, and the counts go on`,
    { skip },
    async (t) => {
      const silent = await UdpPeer.open(t);
      const port = await openEcho(t);
      const made = await MadeFleet.open(t, engine);
      made.fleet.set([
        memberOf('one', { address: '127.0.0.1', port: silent.port, timeoutMs: 60_000 }),
      ]);
      await silent.next();
      made.fleet.set([memberOf('one', { address: '127.0.0.1', port, timeoutMs: 1000 })]);
      await made.untilCount('one', 'received', 2);
      await made.fleet.stop();
      const counts = made.countsOf('one');
      assert.ok(counts.abandoned >= 1);
      assert.deepEqual([counts.lost, counts.stray], [0, 0]);
      assert.deepEqual(made.sumOf('one'), counts);
    },
  );

  test(
    `${engine}: a target that leaves has its columns reported, and its place is free`,
    { skip },
    async (t) => {
      const port = await openEcho(t);
      const made = await MadeFleet.open(t, engine);
      const stays = memberOf('stays', { address: '127.0.0.1', port });
      made.fleet.set([stays, memberOf('leaves', { address: '127.0.0.1', port })]);
      await made.untilCount('leaves', 'received', 2);
      made.fleet.set([stays]);
      assert.equal(made.fleet.countersOf('leaves'), undefined);
      await until(() => made.columns.some(({ key }) => key === 'leaves'), 'its columns');
      assert.ok(made.sumOf('leaves').received >= 2);
      made.fleet.set([stays, memberOf('comes', { address: '127.0.0.1', port })]);
      assert.ok(made.countsOf('comes').received <= made.countsOf('stays').received);
      await made.untilCount('comes', 'received', 2);
      await made.fleet.stop();
      for (const key of ['stays', 'comes']) assert.deepEqual(made.sumOf(key), made.countsOf(key));
    },
  );

  test(
    `${engine}: lost probes are counted at twice the timeout, also where nobody listens`,
    { skip },
    async (t) => {
      const silent = await UdpPeer.open(t);
      const refusing = await closedPort(t);
      const port = await openEcho(t);
      const made = await MadeFleet.open(t, engine);
      made.fleet.set([
        memberOf('silent', { address: '127.0.0.1', port: silent.port, timeoutMs: 50 }),
        memberOf('refusing', { address: '127.0.0.1', port: refusing, timeoutMs: 50 }),
        memberOf('good', { address: '127.0.0.1', port }),
      ]);
      await made.untilCount('silent', 'lost', 3);
      await made.untilCount('refusing', 'lost', 3);
      await made.untilCount('good', 'received', 3);
      await made.fleet.stop();
      const [unanswered, refused, good] = ['silent', 'refusing', 'good'].map((key) =>
        made.countsOf(key),
      );
      assert.deepEqual([unanswered!.received, unanswered!.portUnreachable], [0, 0]);
      // node:dgram tells an unconnected socket nothing of ICMP errors.
      assert.equal(refused!.portUnreachable, engine === 'linux' ? refused!.lost : 0);
      assert.equal(refused!.sendFailed, 0);
      assert.equal(sentOf(good!), good!.received);
      for (const key of ['silent', 'refusing', 'good']) {
        assert.deepEqual(made.sumOf(key), made.countsOf(key));
      }
    },
  );

  test(
    `${engine}: both IP versions and more flows come as they are needed`,
    { skip: skip === false ? needsIPv6() : skip },
    async (t) => {
      const port4 = await openEcho(t);
      const port6 = await openEcho(t, '::1');
      const made = await MadeFleet.open(t, engine);
      const four = memberOf('four', { address: '127.0.0.1', port: port4 });
      made.fleet.set([four]);
      await made.untilCount('four', 'received', 2);
      made.fleet.set([four, memberOf('six', { address: '::1', port: port6, flows: 4 })]);
      await made.untilCount('six', 'received', 8);
      made.fleet.set([four, memberOf('many', { address: '127.0.0.1', port: port4, flows: 5 })]);
      await made.untilCount('many', 'received', 10);
      await made.fleet.stop();
      assert.deepEqual(made.sumOf('four'), made.countsOf('four'));
      assert.equal(made.countsOf('four').abandoned, 0);
    },
  );

  for (const protocol of ['stamp', 'udp-echo-plus'] as const) {
    test(`${engine}: ${protocol} tells on which way a probe was lost`, { skip }, async (t) => {
      const planOf = (number: number): ProbePlan => ({
        forward: number <= PLANNED && number % 5 === 0 ? DROP : PASS,
        backward: number <= PLANNED && number % 7 === 0 ? DROP : PASS,
      });
      await using reflector =
        protocol === 'stamp' ? await MadeStampReflector.open({}) : await MadeUdpEchoPlus.open();
      const framing = protocol === 'stamp' ? STAMP_FRAMING : UDP_ECHO_PLUS_FRAMING;
      await using proxy = await ImpairmentProxy.open(reflector.port, planOf, framing);
      const made = await MadeFleet.open(t, engine);
      const options = { address: '127.0.0.1', port: proxy.port, protocol, payloadBytes: 96 };
      made.fleet.set([memberOf('one', { ...options, timeoutMs: 400 })]);
      await made.untilCount('one', 'received', PLANNED);
      await made.fleet.stop();
      const { lost, lostForward, lostBackward } = made.countsOf('one');
      const numbers = Array.from({ length: PLANNED }, (_, index) => index + 1);
      assert.equal(lostForward, numbers.filter((number) => number % 5 === 0).length);
      assert.ok(lostBackward >= numbers.filter((n) => n % 5 !== 0 && n % 7 === 0).length);
      // On a machine that stalls, replies that came too late to be told apart are lost as well.
      assert.ok(lostForward + lostBackward <= lost);
      assert.deepEqual(made.sumOf('one'), made.countsOf('one'));
    });
  }

  test(`${engine}: another protocol at the other end shows`, { skip }, async (t) => {
    const port = await openEcho(t);
    await using signing = await MadeStampReflector.open({ key: KEY, replyKey: OTHER_KEY });
    const made = await MadeFleet.open(t, engine);
    const address = '127.0.0.1';
    made.fleet.set([
      memberOf('echo', { address, port, protocol: 'stamp' }),
      memberOf('key', {
        address,
        port: signing.port,
        protocol: 'stamp',
        payloadBytes: 112,
        key: KEY,
      }),
    ]);
    await made.untilCount('echo', 'unaltered', 2);
    await made.untilCount('key', 'unauthenticated', 2);
    assert.deepEqual([made.countsOf('echo').received, made.countsOf('key').received], [0, 0]);
  });

  test(`${engine}: disposal waits for nothing that is on its way`, { skip }, async (t) => {
    const silent = await UdpPeer.open(t);
    const made = await MadeFleet.open(t, engine);
    const options = { address: '127.0.0.1', port: silent.port, timeoutMs: 3_600_000 };
    made.fleet.set([memberOf('one', options)]);
    await silent.next();
    const unanswered = made.fleet.openColumns();
    await deadline(Promise.resolve(made.fleet[Symbol.asyncDispose]()), () => 'its end');
    await deadline(unanswered, () => 'the one who asked');
    // Whoever comes too late waits for nothing either.
    await deadline(made.fleet.stop(), () => 'the stop');
    assert.deepEqual(await made.fleet.openColumns(), []);
    assert.deepEqual(made.failures, []);
  });
}

test('the portable engine refuses a DSCP before it probes', async (t) => {
  const made = await MadeFleet.open(t, 'portable');
  const one = memberOf('one', { address: '127.0.0.1', port: 7, dscp: 46 });
  assert.throws(
    () => {
      made.fleet.set([one]);
    },
    { code: 'ECHOGRAM_ERR_NEEDS_LINUX' },
  );
  assert.equal(made.fleet.countersOf('one'), undefined);
});
