// Each verdict that hangs on a threshold, at it and beside it; by hand.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionResult } from '../../../../src/client/session/session-result.ts';
import { judge } from '../../../../src/client/verdict/verdict.ts';
import { madeResult, madeStream, NO_DROPS } from '../../../helpers/made-result.ts';
import { counts } from '../../../helpers/made-session.ts';

for (const [code, what, changes] of [
  ['WORKS', 'every probe was answered', {}],
  ['WORKS_WITH_LOSSES', '5 % were missed', { datagrams: missed(100, 5, 0) }],
  ['PARTLY_WORKS', 'more than 5 % were missed', { datagrams: missed(1000, 51, 0) }],
  ['WORKS_WITH_LOSSES', 'fewer were not sent than lost', { datagrams: missed(98, 2, 1) }],
  ['NOT_ALL_SENT', 'as many were not sent as were lost', { datagrams: missed(98, 2, 2) }],
  ['NOT_ALL_SENT', 'most were not sent', { datagrams: missed(12, 0, 28) }],
  [
    'PARTLY_WORKS',
    'a source port is dead',
    { datagrams: missed(500, 5, 0), streams: eightPorts([5]) },
  ],
  ['DOWN_NOW', 'the last 5 of 100 were lost', { datagrams: missed(100, 5, 0), lossRuns: run(5) }],
  [
    'WORKS_WITH_LOSSES',
    'the last 4 of 100 were lost',
    { datagrams: missed(100, 4, 0), lossRuns: run(4) },
  ],
  [
    'WORKS_WITH_LOSSES',
    'the last 5 were lost within 50 ms',
    { datagrams: missed(100, 5, 0), lossRuns: run(5), config: every(10) },
  ],
  [
    'DOWN_NOW',
    '5 in 200 ms',
    { datagrams: missed(100, 5, 0), lossRuns: run(5), config: every(40) },
  ],
  [
    'WORKS_WITH_LOSSES',
    'one of the last 5 came late',
    { datagrams: { ...missed(100, 4, 0), received: 95, late: 1 }, lossRuns: run(5) },
  ],
  // Half are lost anyway: 0.5^9 is above, 0.5^10 below a thousandth.
  ['PARTLY_WORKS', 'nine losses are chance', { datagrams: missed(109, 59, 0), lossRuns: run(9) }],
  ['DOWN_NOW', 'ten losses are none', { datagrams: missed(110, 60, 0), lossRuns: run(10) }],
  [
    'DOWN_NOW',
    'seven losses come after one reply',
    { datagrams: missed(8, 7, 0), lossRuns: run(7) },
  ],
  // Of one reply little is known: with half of all lost, five in a row are no wonder.
  [
    'PARTLY_WORKS',
    'five losses come after one reply',
    { datagrams: missed(6, 5, 0), lossRuns: run(5) },
  ],
  // 32 ports in turn, five times, of which the last 16 are dead.
  ['PARTLY_WORKS', 'the last sixteen went from dead ports', deadPorts(16)],
  ['DOWN_NOW', 'the last turns of all ports were lost', deadPorts(80)],
  ['RATE_LIMITED', 'more than half of the losses have no other cause', pacedWith(49)],
  ['PARTLY_WORKS', 'half of the losses at a steady pace were dropped here', pacedWith(50)],
  ['DOWN_NOW', 'the last third was not sent', unsentAt([1, 1, 1, 1, 0, 0], 5)],
  ['NOT_ALL_SENT', 'a third in the middle was not sent', unsentAt([1, 1, 0, 0, 1, 1], 5)],
  ['NOT_ALL_SENT', 'the last two were not sent', unsentAt([1, 1, 1, 1, 0, 0], 1)],
  [
    'NOT_ALL_SENT',
    'the last third was not sent, within 100 ms',
    { ...unsentAt([1, 1, 1, 1, 0, 0], 5), config: every(10) },
  ],
] as const) {
  test(`the code is ${code} where ${what}`, () => {
    assert.equal(judge(madeResult(changes)).code, code);
  });
}

test('a rate limit is told with the rate at which probes were sent, not that of their slots', () => {
  const { config, schedule } = madeResult();
  const { sentences } = judge(
    madeResult({
      ...pacedWith(0),
      config: { ...config, intervalNs: 1e6 },
      // Of 1,000 slots a second a fifth was left out.
      schedule: { ...schedule, intended: 250, skipped: 50 },
    }),
  );
  assert.match(
    sentences[0]!,
    /^UDP works up to a rate limit\. About 500 of 800 probes per second were/,
  );
});

/** Half of 200 probes were lost at a steady pace, of which this host's buffer dropped so many. */
function pacedWith(dropped: number): Partial<SessionResult> {
  return {
    datagrams: missed(200, 100, 0),
    hostDrops: { ...NO_DROPS, receiveBuffer: dropped },
    rateLimit: { perSecond: 500, burst: 10 },
  };
}

function missed(sent: number, lost: number, sendFailed: number): SessionResult['datagrams'] {
  return counts({ sent, received: sent - lost, lost, sendFailed, lossRatio: lost / sent });
}

function every(intervalMs: number): SessionResult['config'] {
  return { ...madeResult().config, intervalNs: intervalMs * 1e6 };
}

function run(atEnd: number): SessionResult['lossRuns'] {
  return { count: 1, longest: atEnd, meanLength: atEnd, atEnd, runsByLength: [] };
}

/** Eight source ports of five probes each, some of them dead. */
function eightPorts(dead: readonly number[]): SessionResult['streams'] {
  return [1, 2, 3, 4, 5, 6, 7, 8].map((port) => madeStream(port, 5, dead.includes(port) ? 5 : 0));
}

/** 32 source ports of ten probes each, the latter half dead, and so many losses at the end. */
function deadPorts(atEnd: number): Partial<SessionResult> {
  const ofAlive = Math.floor(atEnd / 32);
  const streams = Array.from({ length: 32 }, (_, port) =>
    madeStream(port, 10, port < 16 ? ofAlive : 10),
  );
  const lost = 160 + 16 * ofAlive;
  return { datagrams: missed(320, lost, 0), streams, lossRuns: run(atEnd) };
}

/** In each column as many probes were all sent and answered (1), or all not sent (0). */
function unsentAt(columns: readonly number[], probes: number): Partial<SessionResult> {
  const sent = columns.map((isSent) => isSent * probes);
  const sendFailed = columns.map((isSent) => (1 - isSent) * probes);
  const answered = sent.reduce((sum, count) => sum + count);
  return {
    datagrams: missed(answered, 0, columns.length * probes - answered),
    sendFailures: { ENETUNREACH: columns.length * probes - answered },
    echogram: { ...madeResult().echogram, sent, sendFailed },
  };
}
