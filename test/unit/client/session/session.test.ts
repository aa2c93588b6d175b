import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SessionPlan } from '../../../../src/client/session/session-plan.ts';
import { ProbeCodec } from '../../../../src/wire/probe.ts';
import {
  counts,
  MadeSession,
  play,
  unsentProbe,
  viewOf,
  type ProbeFate,
} from '../../../helpers/made-session.ts';
import { holds } from '../../../helpers/property.ts';

const MS = 1e6;

test('a reply in time is received, with its round-trip time', () => {
  const made = new MadeSession();
  const [probe] = made.sendAll(1);
  made.receive(probe!, 12 * MS);
  const { datagrams, rttNs } = made.end();
  assert.deepEqual(datagrams, counts({ sent: 1, received: 1 }));
  assert.deepEqual([rttNs.min, rttNs.max], [12 * MS, 12 * MS]);
});

test('a round-trip time over a second is measured where the timeout is longer', () => {
  const made = new MadeSession({ timeoutNs: 5000 * MS });
  const [first] = made.sendAll(3);
  made.receive(first!, 2500 * MS);
  assert.deepEqual(made.fates, ['reply 0']);
  assert.equal(made.end().rttNs.max, 2500 * MS);
});

test('interim numbers tell what is received, lost, late, not sent, and waited for yet', () => {
  const made = new MadeSession({ intervalNs: 100 * MS, timeoutNs: 250 * MS });
  assert.equal(made.session.interim(0).sent, 0);
  const probes = made.sendAll(6);
  made.session.failSend(4, 'EPERM', made.nowNs);
  made.receive(probes[0]!, 500 * MS);
  made.receive(probes[3]!, 510 * MS);
  // Probes 1 and 2 are lost, 0 was answered too late, 3 after 210 ms; 4 was not sent, and 5 has time.
  made.sweep(520 * MS);
  const { rttNs, ...rest } = made.session.interim(520.4 * MS);
  const counts = { sent: 5, sendFailed: 1, received: 1, lost: 2, late: 1, waiting: 1 };
  assert.deepEqual(rest, { durationNs: 520.4 * MS, ...counts });
  assert.deepEqual([rttNs.min, rttNs.p50, rttNs.p99, rttNs.max], Array(4).fill(210 * MS));
});

test('a late reply answers its own probe, never the next one', () => {
  const made = new MadeSession();
  const [first] = made.sendAll(1);
  made.sweep(1001 * MS);
  made.sendAll(1);
  made.receive(first!, 1100 * MS);
  assert.deepEqual(made.fates, ['timeout 0', 'late 0']);
  const { datagrams, rttNs } = made.end();
  assert.deepEqual(datagrams, counts({ sent: 2, lost: 1, late: 1, lossRatio: 1 }));
  assert.equal(rttNs.max, null);
});

test('a late reply that comes before its timeout was noticed is late all the same', () => {
  const made = new MadeSession({ intervalNs: 100 * MS });
  const probes = made.sendAll(3);
  // A stalled client: nobody swept, and probe 1 is overdue too.
  made.receive(probes[0]!, 1150 * MS);
  assert.deepEqual(made.fates, ['timeout 0', 'timeout 1', 'late 0']);
  made.receive(probes[2]!);
  const { datagrams } = made.end();
  assert.deepEqual(datagrams, counts({ sent: 3, received: 1, lost: 1, late: 1, lossRatio: 2 / 3 }));
});

test('a reply is in time up to the timeout itself, whatever a rounding would make of it', () => {
  // 1000.7 ns of waiting, of which 1000.6 are used and 1001 when rounded.
  const made = new MadeSession({ timeoutNs: 1000.7 });
  const [first] = made.sendAll(1);
  made.sweep(1000.7);
  made.receive(first!, 1000.6);
  assert.deepEqual(made.fates, ['reply 0']);
  assert.deepEqual(made.end().datagrams, counts({ sent: 1, received: 1 }));
});

test('a second reply is a duplicate, whether the first was in time or late', () => {
  const made = new MadeSession();
  const [first, second] = made.sendAll(2);
  made.receive(second!, 1001 * MS);
  made.receive(second!, 1002 * MS);
  made.receive(first!, 1003 * MS);
  made.receive(first!, 1004 * MS);
  assert.deepEqual(made.fates, ['reply 1', 'duplicate 1', 'timeout 0', 'late 0', 'duplicate 0']);
  const { datagrams } = made.end();
  assert.deepEqual(
    datagrams,
    counts({ sent: 2, received: 1, late: 1, duplicate: 2, lossRatio: 0.5 }),
  );
});

test('more duplicates than losses make no loss negative and no ratio more than 1', () => {
  const made = new MadeSession();
  const [, second] = made.sendAll(2);
  for (let copy = 0; copy < 1000; copy++) made.receive(second!);
  const { datagrams } = made.end();
  assert.deepEqual(
    datagrams,
    counts({ sent: 2, received: 1, lost: 1, duplicate: 999, lossRatio: 0.5 }),
  );
});

test('of 1, 4, 2, 3 two are reordered, those that were overtaken', () => {
  const made = new MadeSession({ intervalNs: MS });
  const probes = made.sendAll(4);
  for (const place of [0, 3, 1, 2]) made.receive(probes[place]!);
  const reordered = made.records.map((record) => record.type === 'reply' && record.isReordered);
  assert.deepEqual(reordered, [false, false, true, true]);
  assert.deepEqual(made.end().datagrams, counts({ sent: 4, received: 4, reordered: 2 }));
});

test('duplicates and late replies reorder nothing', () => {
  const made = new MadeSession({ intervalNs: 600 * MS });
  const probes = made.sendAll(3);
  made.receive(probes[2]!);
  made.receive(probes[2]!);
  // Sent 1200 ms ago.
  made.receive(probes[0]!);
  assert.equal(made.end().datagrams.reordered, 0);
});

test('a reply of a number that is still to come is a stray and aborts nothing', () => {
  const made = new MadeSession();
  const [probe] = made.sendAll(1);
  for (const sequence of [1, 4096, 2 ** 32, 2 ** 53 - 1]) {
    made.receive(unsentProbe(made, sequence));
  }
  made.receive(probe!);
  assert.deepEqual(made.fates, ['stray', 'stray', 'stray', 'stray', 'reply 0']);
  // The number that was a stray's is sent and answered like any other.
  const [next] = made.sendAll(1);
  made.receive(next!);
  assert.deepEqual(made.end().datagrams, counts({ sent: 2, received: 2, stray: 4 }));
});

test("another session's probe is a stray, an altered one is corrupted, and neither answers", () => {
  const made = new MadeSession();
  const [probe] = made.sendAll(1);
  const foreign = new Uint8Array(64);
  const fields = { stream: 0, sequence: 0, intendedAtNs: 0, sentAtNs: 0 };
  new ProbeCodec([1, 2], 64).encode(viewOf(foreign), fields);
  made.receive(foreign);
  for (const bytes of [probe!.map((byte) => byte ^ 1), probe!.slice(1), new Uint8Array(0)]) {
    made.receive(bytes);
  }
  assert.deepEqual(made.fates, ['stray', 'corrupted', 'corrupted', 'corrupted']);
  assert.deepEqual(
    made.end().datagrams,
    counts({ sent: 1, lost: 1, stray: 1, corrupted: 3, lossRatio: 1 }),
  );
});

test('a datagram longer than any probe is corrupted', () => {
  const made = new MadeSession();
  made.sendAll(1);
  made.receive(new Uint8Array(65_507));
  assert.equal(made.end().datagrams.corrupted, 1);
});

test('what could not be sent is neither sent nor lost', () => {
  const made = new MadeSession();
  made.sendAll(1);
  made.session.failSend(0, 'EPERM', 0);
  const [second] = made.sendAll(1);
  made.receive(second!);
  assert.deepEqual(made.fates, ['send-failed 0', 'reply 1']);
  assert.deepEqual(made.end().datagrams, counts({ sent: 1, sendFailed: 1, received: 1 }));
});

test('where every send failed there is no loss ratio, which 0 % would be', () => {
  const made = play({}, [{ sendError: 'EPERM' }, { sendError: 'EPERM' }]);
  assert.deepEqual(made.summary().datagrams, counts({ sendFailed: 2, lossRatio: null }));
});

test('a blackout is 100 % loss in one run', () => {
  const made = play(
    {},
    Array.from({ length: 5 }, () => ({})),
  );
  const { datagrams, lossRuns } = made.summary();
  assert.deepEqual(datagrams, counts({ sent: 5, lost: 5, lossRatio: 1 }));
  assert.deepEqual(lossRuns, {
    count: 1,
    longest: 5,
    meanLength: 5,
    atEnd: 5,
    runsByLength: [0, 0, 0, 0, 1],
  });
});

const REFUSED = { systemCode: 'ECONNREFUSED', from: '192.0.2.7', icmpType: 3, icmpCode: 3 };
const UNREACHABLE = { systemCode: 'EHOSTUNREACH', from: null, icmpType: null, icmpCode: null };

test('ICMP errors are counted and end nothing', () => {
  const made = new MadeSession();
  const [probe] = made.sendAll(1);
  made.receiveIcmp(REFUSED, 1);
  made.receiveIcmp(UNREACHABLE, 2);
  made.receive(probe!);
  assert.deepEqual(made.fates, ['icmp-error null', 'icmp-error null', 'reply 0']);
  const { datagrams, icmpErrors } = made.end();
  assert.deepEqual(datagrams, counts({ sent: 1, received: 1, icmpErrors: 2 }));
  assert.deepEqual(icmpErrors, [
    { ...REFUSED, count: 1 },
    { ...UNREACHABLE, count: 1 },
  ]);
});

test('a probe that an ICMP error names is waited for, and lost at its timeout', () => {
  const made = new MadeSession();
  const [probe] = made.sendAll(1);
  made.receiveIcmp(REFUSED, MS, probe);
  assert.equal(made.session.nextTimeoutNs, 1000 * MS);
  const { datagrams, lossRuns, echogram } = made.end();
  assert.deepEqual(made.fates, ['icmp-error 0', 'timeout 0']);
  assert.deepEqual(datagrams, counts({ sent: 1, lost: 1, icmpErrors: 1, lossRatio: 1 }));
  assert.deepEqual([lossRuns.count, lossRuns.longest, echogram.icmpErrors], [1, 1, [1]]);
});

test('a reply in time to a probe that an ICMP error named is a reply', () => {
  const made = new MadeSession();
  const [probe] = made.sendAll(1);
  made.receiveIcmp(REFUSED, MS, probe);
  made.receive(probe!, 2 * MS);
  assert.deepEqual(made.end().datagrams, counts({ sent: 1, received: 1, icmpErrors: 1 }));
});

test('an end leaves out a probe that an ICMP error named, and counts those after it', () => {
  const made = new MadeSession({ timeoutNs: 5000 * MS });
  const [first, second] = made.sendAll(2);
  made.receiveIcmp(REFUSED, MS, first);
  made.receive(second!, 1001 * MS);
  made.session.end(1002 * MS);
  const { datagrams, leftOut } = made.summary();
  assert.deepEqual(datagrams, counts({ sent: 1, received: 1, icmpErrors: 1 }));
  assert.equal(leftOut, 1);
});

test('an ICMP error that names a probe which was never sent names none', () => {
  const made = new MadeSession();
  made.sendAll(1);
  made.receiveIcmp(REFUSED, MS, unsentProbe(made, 7));
  assert.deepEqual(made.fates, ['icmp-error null']);
  assert.equal(made.session.nextTimeoutNs, 1000 * MS);
});

test('an ICMP error that quotes nothing names the oldest probe of its port that it can be about', () => {
  const made = new MadeSession({ streams: 2, intervalNs: MS });
  const probes = made.sendAll(7);
  for (const index of [1, 2, 3]) made.receive(probes[index]!);
  const receive = (port: number, beforeTicket: number): void => {
    made.receiveIcmp(UNREACHABLE, 8 * MS, undefined, { port, beforeTicket });
  };
  receive(0, Infinity);
  receive(0, 4);
  receive(0, 5);
  receive(1, Infinity);
  receive(1, Infinity);
  receive(0, 0);
  assert.deepEqual(
    made.fates.filter((fate) => fate.startsWith('icmp-error')),
    ['0', 'null', '4', '5', 'null', 'null'].map((sequence) => `icmp-error ${sequence}`),
  );
});

test('however many probes wait behind a lost one, a sweep settles no more than it is told', () => {
  const made = new MadeSession({ intervalNs: MS });
  const probes = made.sendAll(11);
  for (const probe of probes.slice(1)) made.receive(probe);
  made.session.sweep(1001 * MS, 4);
  assert.deepEqual(
    made.summary().datagrams,
    counts({ sent: 11, received: 3, lost: 1, lossRatio: 1 / 4 }),
  );
  made.session.sweep(1001 * MS, 100);
  assert.deepEqual(
    made.summary().datagrams,
    counts({ sent: 11, received: 10, lost: 1, lossRatio: 1 / 11 }),
  );
});

test('after a stop no probe is due, and what is on its way is waited for', () => {
  const made = new MadeSession();
  const [probe] = made.sendAll(1);
  made.session.stop();
  assert.equal(made.session.nextSendNs, undefined);
  assert.equal(made.send(5000 * MS), undefined);
  assert.equal(made.session.nextTimeoutNs, 1000 * MS);
  made.receive(probe!, 500 * MS);
  assert.ok(made.session.isOver);
});

test('the times of a probe are those of its slot and of its sending', () => {
  const made = new MadeSession();
  made.send(0);
  const bytes = made.send(1200 * MS)!;
  const fields = { stream: 0, sequence: 0, intendedAtNs: 0, sentAtNs: 0 };
  new ProbeCodec(made.plan.nonce, 64).decode(viewOf(bytes), fields);
  assert.deepEqual(fields, {
    stream: 0,
    sequence: 1,
    intendedAtNs: 1000 * MS,
    sentAtNs: 1200 * MS,
  });
  made.receive(bytes, 1250 * MS);
  const { schedule, rttNs } = made.end();
  assert.equal(rttNs.max, 50 * MS);
  // From the slot to the reply, and from the slot to the sending.
  assert.deepEqual([schedule.responseNs.max, schedule.sendErrorNs.max], [250 * MS, 200 * MS]);
});

test('a reply is remembered longer than the timeout, and later no more than a stray', () => {
  const made = new MadeSession();
  const probes = made.sendAll(1025);
  // The ring of one probe a second holds 1024: probe 1 is the oldest that is known.
  made.receive(probes[1]!);
  made.receive(probes[0]!);
  assert.deepEqual(made.fates.slice(-2), ['late 1', 'stray']);
});

/** What the definitions alone make of fates, probe by probe and without a clock. */
function countedByHand(
  fates: readonly ProbeFate[],
  { intervalNs, timeoutNs, streams }: Pick<SessionPlan, 'intervalNs' | 'timeoutNs' | 'streams'>,
): object {
  const sent = fates.filter(({ sendError }) => sendError === undefined);
  const isInTime = (delayNs: number): boolean => delayNs <= timeoutNs;
  const answered = sent.filter(({ repliesNs = [] }) => repliesNs.length > 0);
  const received = answered.filter(({ repliesNs = [] }) => repliesNs.some(isInTime));
  const copies = answered.reduce((sum, { repliesNs = [] }) => sum + repliesNs.length, 0);
  const arrivals = fates
    .map(({ repliesNs = [] }, sequence) => {
      return { sequence, atNs: sequence * intervalNs + Math.min(...repliesNs), repliesNs };
    })
    .filter(({ repliesNs }) => repliesNs.some(isInTime))
    .sort((a, b) => a.atNs - b.atNs)
    .map(({ sequence }) => sequence);
  const isReordered = (sequence: number, index: number): boolean =>
    arrivals
      .slice(0, index)
      .some((earlier) => earlier > sequence && earlier % streams === sequence % streams);
  return counts({
    sent: sent.length,
    sendFailed: fates.length - sent.length,
    received: received.length,
    lost: sent.length - answered.length,
    late: answered.length - received.length,
    duplicate: copies - answered.length,
    reordered: arrivals.filter(isReordered).length,
    lossRatio: sent.length === 0 ? null : (sent.length - received.length) / sent.length,
  });
}

function total(counted: readonly number[]): number {
  return counted.reduce((sum, count) => sum + count, 0);
}

test('whatever happens, the counts are those of the definitions, and never more than was sent', () => {
  const timeoutNs = 100 * MS;
  const delays = fc.array(fc.integer({ min: 1, max: 300 * MS }), { maxLength: 4 });
  const fate: fc.Arbitrary<ProbeFate> = fc.oneof(
    { weight: 8, arbitrary: delays.map((repliesNs) => ({ repliesNs })) },
    { weight: 1, arbitrary: fc.constant({ sendError: 'ENOBUFS' }) },
  );
  const fates = fc.array(fate, { minLength: 1, maxLength: 60, size: 'max' });
  const intervals = fc.integer({ min: MS, max: 60 * MS });
  const streams = fc.integer({ min: 1, max: 5 });
  const checkStep = (made: MadeSession): void => {
    const { sent, received, lost, late, lossRatio } = made.summary().datagrams;
    assert.ok(Math.min(received, lost, late) >= 0);
    assert.ok(received + lost + late <= sent);
    assert.ok(lossRatio === null || (lossRatio >= 0 && lossRatio <= 1));
  };
  holds(
    fc.property(intervals, streams, fates, (intervalNs, streamCount, plan) => {
      const settings = { intervalNs, timeoutNs, streams: streamCount };
      const made = play(settings, plan, checkStep);
      const { datagrams, echogram, streams: perPort } = made.summary();
      assert.deepEqual(datagrams, countedByHand(plan, settings));
      assert.equal(datagrams.sent, datagrams.received + datagrams.lost + datagrams.late);
      assert.equal(total(echogram.sendFailed), datagrams.sendFailed);
      assert.equal(total(echogram.duplicate), datagrams.duplicate);
      for (const count of ['sent', 'received', 'lost', 'late'] as const) {
        assert.equal(total(echogram[count]), datagrams[count]);
        assert.equal(
          perPort.reduce((sum, port) => sum + port[count], 0),
          datagrams[count],
        );
      }
    }),
    60,
  );
});

test('hostile datagrams of any kind never throw and never count as received', () => {
  const anyBytes = fc.uint8Array({ maxLength: 100 });
  holds(
    fc.property(fc.array(anyBytes, { maxLength: 20, size: 'max' }), (datagrams) => {
      const made = new MadeSession();
      made.sendAll(3);
      for (const bytes of datagrams) made.receive(bytes);
      assert.equal(made.end().datagrams.received, 0);
    }),
    300,
  );
});
