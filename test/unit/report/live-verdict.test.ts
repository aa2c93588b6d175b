import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProbeRecord } from '../../../src/client/session/probe-record.ts';
import { RecordReducer } from '../../../src/client/session/record-reducer.ts';
import type { Verdict } from '../../../src/client/session/session-result.ts';
import { LiveVerdict } from '../../../src/report/live-verdict.ts';

const S = 1e9;

/** One probe a second, each answered after 10 ms or given up after a second; or the record itself. */
function played(fates: string, ...records: readonly ProbeRecord[]): Verdict {
  const live = new LiveVerdict(S);
  const reduced = new RecordReducer({ intervalNs: S, timeoutNs: S }, [live]);
  Array.from(fates, (fate, sequence) => {
    const sentNs = sequence * S;
    const ofProbe = { sequence, stream: 0 };
    if (fate === '!') {
      reduced.add({ type: 'send-failed', ...ofProbe, atNs: sentNs, systemCode: 'EPERM' });
    } else if (fate === 'x') {
      reduced.add({ type: 'timeout', ...ofProbe, sentNs, sendErrorNs: 0, atNs: sentNs + S });
    } else {
      const atNs = sentNs + 1e7;
      const times = { sentNs, sendErrorNs: 0, rttNs: 1e7, atNs };
      reduced.add({ type: 'reply', ...ofProbe, ...times, isReordered: false });
    }
  });
  for (const record of records) reduced.add(record);
  return live.verdict(reduced.counts, reduced.latestNs);
}

for (const [what, fates, code, text] of [
  ['nothing came yet', '', 'NOTHING_SENT', 'Nothing is known yet.'],
  ['nothing was answered', 'xx', 'NO_REPLY', 'No reply so far to 2 probes.'],
  ['all was', '....', 'WORKS', 'UDP works. 0 lost of 4 in the last 3.01 s.'],
  [
    'an outage goes on in its ninth second',
    `${'.'.repeat(50)}${'x'.repeat(8)}`,
    'DOWN_NOW',
    'UDP does not work right now. Nothing has arrived for 8 s (8 probes); before that, 100 % were answered.',
  ],
  [
    'an outage has just begun',
    `${'.'.repeat(50)}xxx`,
    'PARTLY_WORKS',
    'UDP partly works. 15.8 % of 19 missed in the last 20 s. Nothing has arrived for 3 s.',
  ],
  [
    'an outage is long over',
    `${'.'.repeat(10)}${'x'.repeat(30)}${'.'.repeat(40)}`,
    'WORKS',
    'UDP works. 0 lost of 20 in the last 20 s.',
  ],
  [
    'one of twenty was lost',
    `${'.'.repeat(35)}x....`,
    'WORKS_WITH_LOSSES',
    'UDP works with losses. 5 % of 20 missed in the last 20 s.',
  ],
  [
    'this host has sent nothing for eight seconds',
    `${'.'.repeat(50)}${'!'.repeat(8)}`,
    'DOWN_NOW',
    'UDP does not work right now. This host has sent nothing for 7 s (8 probes).',
  ],
  [
    'this host sends again',
    `${'.'.repeat(50)}${'!'.repeat(8)}x`,
    'NOT_ALL_SENT',
    'This host did not send 8 of 19 probes in the last 20 s.',
  ],
  [
    'this host could send nothing',
    '!!!',
    'NOTHING_SENT',
    'Nothing sent so far: this host could not send 3 probes.',
  ],
  [
    'this host sends half',
    '.!'.repeat(10),
    'NOT_ALL_SENT',
    'This host did not send 10 of 20 probes in the last 19 s.',
  ],
] as const) {
  test(`right now, where ${what}`, () => {
    assert.deepEqual(played(fates), { code, sentences: [text] });
  });
}

test('right now, where an ICMP error names a probe, it is missed once, or answered after all', () => {
  const unreachable = { systemCode: 'EHOSTUNREACH', from: '192.0.2.1', icmpType: 3, icmpCode: 1 };
  const error = (sequence: number): ProbeRecord => {
    return { type: 'icmp-error', sequence, atNs: 1e6, ...unreachable };
  };
  const ofProbe = { sequence: 1, stream: 0, sentNs: S, sendErrorNs: 0 };
  assert.deepEqual(played('', error(1), { type: 'timeout', ...ofProbe, atNs: 2 * S }), {
    code: 'NO_REPLY',
    sentences: ['No reply so far to 1 probe.'],
  });
  const reply = {
    type: 'reply',
    ...ofProbe,
    rttNs: 2e6,
    atNs: S + 2e6,
    isReordered: false,
  } as const;
  assert.equal(played('', error(1), reply).code, 'WORKS');
});

test('right now, where probes were lost before one that was answered, no silence is claimed', () => {
  // Probes 0 and 1 were lost, and 2 answered at 2.01 s; after a timeout of 3 s the two are told at once.
  const ofLost = (sequence: number): ProbeRecord => {
    const times = { sentNs: sequence * S, sendErrorNs: 0, atNs: 4 * S };
    return { type: 'timeout', sequence, stream: 0, ...times };
  };
  const times = { sentNs: 2 * S, sendErrorNs: 0, atNs: 2.01 * S, rttNs: 1e7 };
  const reply: ProbeRecord = {
    type: 'reply',
    sequence: 2,
    stream: 0,
    ...times,
    isReordered: false,
  };
  assert.deepEqual(played('', reply, ofLost(0), ofLost(1)).sentences, [
    'UDP partly works. 66.7 % of 3 missed in the last 4 s.',
  ]);
});

test('right now, where records were left out, nothing is known of what came between', () => {
  const omitted: ProbeRecord = { type: 'omitted', atNs: 58 * S, records: 9 };
  assert.equal(played(`${'.'.repeat(50)}${'x'.repeat(8)}`, omitted).code, 'PARTLY_WORKS');
});

/** A probe every 20 ms from each of 32 source ports in turn, of which the last 16 never hear anything. */
function playedHalfDead(probes: number, outageFrom = Infinity): Verdict {
  const intervalNs = 20e6;
  const live = new LiveVerdict(intervalNs);
  const reduced = new RecordReducer({ intervalNs, timeoutNs: 1e6 }, [live]);
  for (let sequence = 0; sequence < probes; sequence++) {
    const stream = sequence % 32;
    const sentNs = sequence * intervalNs;
    const atNs = sentNs + 1e6;
    const ofProbe = { sequence, stream, sentNs, sendErrorNs: 0, atNs };
    if (stream < 16 && sequence < outageFrom) {
      reduced.add({ type: 'reply', ...ofProbe, rttNs: 1e6, isReordered: false });
    } else {
      reduced.add({ type: 'timeout', ...ofProbe });
    }
  }
  return live.verdict(reduced.counts, reduced.latestNs);
}

test('right now, where source ports that never heard anything have their turn, it is no outage', () => {
  // 20 rounds: all of the dead ones have just been asked. The ten parts of a second that are judged begin at 3 s, with
  // ten probes of the fifth round, all in vain, before 15 rounds: 250 of 490.
  assert.deepEqual(playedHalfDead(20 * 32), {
    code: 'PARTLY_WORKS',
    sentences: ['UDP partly works. 51 % of 490 missed in the last 10 s.'],
  });
});

test('right now, where all source ports fall silent, an outage is told of all their probes', () => {
  // 20 rounds, in which half was answered, and then one in which nothing was. The last reply is to probe 623: of the
  // probes up to it 320 were answered, and from 624 at 12.48 s to 671, given up at 13.421 s, none.
  assert.deepEqual(playedHalfDead(21 * 32, 20 * 32), {
    code: 'DOWN_NOW',
    sentences: [
      'UDP does not work right now. Nothing has arrived for 941 ms (48 probes); before that, 51.3 % were answered.',
    ],
  });
});
