// What records change in the counts, by hand; that it is what a session counts is held in report/records-agree.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProbeRecord } from '../../../../src/client/session/probe-record.ts';
import {
  RecordReducer,
  type RecordFollower,
} from '../../../../src/client/session/record-reducer.ts';

const MS = 1e6;
const CONFIG = { intervalNs: 10 * MS, timeoutNs: 100 * MS };
const ERROR = { systemCode: 'EHOSTUNREACH', from: '192.0.2.1', icmpType: 3, icmpCode: 1 };

function timeout(sequence: number): ProbeRecord {
  const sentNs = sequence * 10 * MS;
  const times = { sentNs, sendErrorNs: 0, atNs: sentNs + 101 * MS };
  return { type: 'timeout', sequence, stream: 0, ...times };
}

function late(sequence: number, residenceNs?: number): ProbeRecord {
  const atNs = sequence * 10 * MS + 150 * MS;
  const times = { forwardDelayNs: null, backwardDelayNs: null };
  const reflection = residenceNs === undefined ? {} : { residenceNs, ...times };
  const rttNs = 150 * MS - (residenceNs ?? 0);
  return { type: 'late', sequence, stream: 0, atNs, rttNs, ...reflection };
}

function icmpError(sequence: number | null): ProbeRecord {
  return { type: 'icmp-error', sequence, atNs: 120 * MS, ...ERROR };
}

/** What a follower is told, in words, and what was counted. */
function reduced(...records: readonly ProbeRecord[]): readonly [readonly string[], object] {
  const said: string[] = [];
  const follower: RecordFollower = {
    lost: ({ sequence }, isNamed) => said.push(`lost ${sequence}${isNamed ? ' named' : ''}`),
    late: ({ sequence }, sentNs, wasLost) =>
      said.push(`late ${sequence} sent at ${sentNs / MS}${wasLost ? ' was lost' : ''}`),
    skipped: (slotNs, slots) => said.push(`skipped ${slots} at ${slotNs / MS}`),
  };
  const reducer = new RecordReducer(CONFIG, [follower]);
  for (const record of records) reducer.add(record);
  return [
    said,
    Object.fromEntries(Object.entries(reducer.counts).filter(([, count]) => count > 0)),
  ];
}

test('a late reply takes its loss back, once', () => {
  assert.deepEqual(reduced(timeout(3), timeout(4), late(3), late(4), late(4)), [
    [
      'lost 3',
      'lost 4',
      'late 3 sent at 30 was lost',
      'late 4 sent at 40 was lost',
      'late 4 sent at 40',
    ],
    { late: 3 },
  ]);
});

test('an ICMP error names a probe that is waited for, and not one that was given up', () => {
  assert.deepEqual(
    reduced(icmpError(3), icmpError(null), timeout(3), timeout(4), icmpError(4), late(4)),
    [['lost 3 named', 'lost 4', 'late 4 sent at 40 was lost'], { icmpErrors: 3, lost: 1, late: 1 }],
  );
});

test('a late reply whose timeout was left out is late all the same', () => {
  const omitted: ProbeRecord = { type: 'omitted', atNs: 140 * MS, records: 5 };
  assert.deepEqual(reduced(omitted, late(3), late(4, 20 * MS)), [
    ['late 3 sent at 30', 'late 4 sent at 40'],
    { omitted: 5, late: 2 },
  ]);
});

test('a probe is remembered for as long as the session knows a late reply from a stray', () => {
  // 4096 probes at this rate: the next one takes the place.
  assert.deepEqual(reduced(timeout(0), timeout(4096), late(0), late(4096)), [
    ['lost 0', 'lost 4096', 'late 0 sent at 0', 'late 4096 sent at 40960 was lost'],
    { lost: 1, late: 2 },
  ]);
});

test('slots that were left out in a day come in 512 parts, each where it was', () => {
  const [said, counts] = reduced({ type: 'skipped', atNs: 5 * MS, slots: 8_640_000 });
  assert.deepEqual(
    [said.length, said[0], said[511]],
    [512, 'skipped 16875 at 5', 'skipped 16875 at 86231255'],
  );
  assert.deepEqual(counts, { skipped: 8_640_000 });
});
