import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProbeRecord } from '../../../src/client/session/probe-record.ts';
import { pageData, unfinishedPageData } from '../../../src/report/page-data.ts';
import { LOSS_CAUSES } from '../../../src/report/place-losses.ts';
import { RecordTally } from '../../../src/report/record-tally.ts';
import { madeResult } from '../../helpers/made-result.ts';
import { counts } from '../../helpers/made-session.ts';

const MS = 1e6;

test('the data of a page are the result, its verdict, its command and its picture', () => {
  const result = madeResult();
  const page = pageData(result);
  assert.deepEqual(
    [page.schema, page.state, page.outcome],
    ['echogram.page/1', 'complete', 'good'],
  );
  assert.deepEqual(page.verdict.sentences, ['UDP works. 0 lost of 10; median 12.1 ms, p99 40 ms.']);
  assert.equal(page.command, 'echogram ping --count 10 --engine portable -- host.example:10000');
  assert.deepEqual(page.measurement.datagrams, result.datagrams);
  assert.ok(!('echogram' in page.measurement));
  assert.equal(page.picture.sent.length, 10);
});

test('the outcome is good, lossy, down, or unknown before anything was sent', () => {
  const outcomeOf = (sent: number, received: number): string =>
    pageData(
      madeResult({
        datagrams: counts({
          sent,
          received,
          lost: sent - received,
          lossRatio: sent === 0 ? null : 1 - received / sent,
        }),
      }),
    ).outcome;
  assert.deepEqual(
    [outcomeOf(10, 10), outcomeOf(10, 9), outcomeOf(10, 0), outcomeOf(0, 0)],
    ['good', 'lossy', 'down', 'unknown'],
  );
});

/** Four probes 10 ms apart from two ports: answered, lost and then late, named by an ICMP error, altered. */
const RECORDS: readonly ProbeRecord[] = [
  { type: 'stall', atNs: 3 * MS, delayNs: 2 * MS },
  {
    type: 'reply',
    sequence: 0,
    stream: 0,
    isReordered: false,
    sentNs: 0,
    sendErrorNs: 0,
    atNs: 8 * MS,
    rttNs: 8 * MS,
  },
  { type: 'duplicate', sequence: 0, stream: 0, atNs: 9 * MS, rttNs: 9 * MS },
  {
    type: 'icmp-error',
    sequence: 2,
    atNs: 21 * MS,
    systemCode: 'ECONNREFUSED',
    from: '192.0.2.7',
    icmpType: 3,
    icmpCode: 3,
  },
  { type: 'corrupted', atNs: 31 * MS, payloadBytes: 64 },
  { type: 'timeout', sequence: 1, stream: 1, sentNs: 15 * MS, sendErrorNs: 5 * MS, atNs: 115 * MS },
  { type: 'late', sequence: 1, stream: 1, atNs: 120 * MS, rttNs: 110 * MS },
  { type: 'timeout', sequence: 2, stream: 0, sentNs: 20 * MS, sendErrorNs: 0, atNs: 121 * MS },
  { type: 'timeout', sequence: 3, stream: 1, sentNs: 30 * MS, sendErrorNs: 0, atNs: 131 * MS },
  { type: 'skipped', atNs: 0, slots: 3 },
  { type: 'omitted', atNs: 130 * MS, records: 5 },
];

function tallied(records = RECORDS): RecordTally {
  const { schema, tool, config, supplied, target, startedAt } = madeResult();
  const settings = { ...config, intervalNs: 10 * MS, timeoutNs: 100 * MS, flows: 2 };
  const start = { schema, tool, config: settings, supplied, target, startedAt };
  const tally = new RecordTally(start, [40_001, 40_002]);
  for (const record of records) tally.add(record);
  return tally;
}

function reply(sequence: number): ProbeRecord {
  const times = { sentNs: 0, sendErrorNs: 0, atNs: 8 * MS, rttNs: 8 * MS };
  return { type: 'reply', sequence, stream: 0, isReordered: false, ...times };
}

function notSent(sequence: number): ProbeRecord {
  return { type: 'send-failed', sequence, stream: 0, atNs: 0, systemCode: 'ENETUNREACH' };
}

function lost(sequence: number): ProbeRecord {
  return { type: 'timeout', sequence, stream: 0, sentNs: 0, sendErrorNs: 0, atNs: 101 * MS };
}

function late(sequence: number): ProbeRecord {
  return { type: 'late', sequence, stream: 0, atNs: 120 * MS, rttNs: 120 * MS };
}

for (const [what, records, code, sentence] of [
  ['nothing', [], 'NOTHING_SENT', 'Nothing is known yet.'],
  [
    'no probe that was sent',
    [notSent(0), notSent(1)],
    'NOTHING_SENT',
    'Nothing sent so far: this host could not send 2 probes.',
  ],
  [
    'as many unsent as lost',
    [reply(0), notSent(1), lost(2)],
    'NOT_ALL_SENT',
    'This host did not send 1 of 3 probes. 50 % lost of 2 so far; median 8 ms, p99 8 ms.',
  ],
  ['no reply', [lost(0)], 'NO_REPLY', 'No reply so far to 1 probe.'],
  [
    'late replies alone',
    [lost(0), late(0), lost(1)],
    'ALL_LATE',
    'No reply in time so far: 1 late reply to 2 probes.',
  ],
] as const) {
  test(`a recording that holds ${what} says so`, () => {
    const tally = tallied(records);
    const { verdict } = unfinishedPageData('partial', tally.measurement(), tally.echogram(), []);
    assert.deepEqual(verdict, { code, sentences: [sentence] });
  });
}

test('records alone tell the counts, the times and the ports', () => {
  const { datagrams, rttNs, streams, durationNs, icmpErrors, lossRuns } = tallied().measurement();
  assert.deepEqual(
    datagrams,
    counts({
      sent: 4,
      received: 1,
      lost: 2,
      late: 1,
      lossRatio: 0.75,
      duplicate: 1,
      corrupted: 1,
      icmpErrors: 1,
    }),
  );
  assert.deepEqual(
    [rttNs.p50, durationNs, icmpErrors.length, lossRuns],
    [8 * MS, 131 * MS, 1, null],
  );
  assert.deepEqual(
    streams.map(({ sourcePort, received, lost, late }) => [sourcePort, received, lost, late]),
    [
      [40_001, 1, 1, 0],
      [40_002, 0, 1, 1],
    ],
  );
});

const NO_LOSSES = Object.fromEntries(LOSS_CAUSES.map((cause) => [cause, [0, 0, 0, 0]]));

test('records alone make the picture, and how this host kept its schedule', () => {
  const tally = tallied();
  const page = unfinishedPageData('partial', tally.measurement(), tally.echogram(), ['cut']);
  assert.deepEqual(page.picture.received, [1, 0, 0, 0]);
  assert.deepEqual(page.picture.losses, {
    ...NO_LOSSES,
    icmpErrors: [0, 0, 1, 0],
    unusable: [0, 0, 0, 1],
    late: [0, 1, 0, 0],
  });
  // 3 slots of 7.
  const [slow, cut] = page.notices;
  assert.match(slow!, /^This host was too slow .* it skipped 3 of 7 slots \(42\.9 %\)/);
  assert.deepEqual([cut, tally.omitted], ['cut', 5]);
  const { skipped, largestSendErrorNs, largestStallNs } = page.picture;
  assert.deepEqual(skipped, [1, 1, 1, 0]);
  assert.deepEqual(largestSendErrorNs, [0, 5 * MS, 0, 0]);
  assert.deepEqual(largestStallNs, [2 * MS, 0, 0, 0]);
  assert.equal(
    page.verdict.sentences[0],
    'UDP partly works. 50 % lost, 25 % late of 4 so far; median 8 ms, p99 8 ms.',
  );
});

test('ICMP errors and no reply are told before the end as after it', () => {
  const errors = RECORDS.filter(({ type }) => type === 'icmp-error');
  const tally = tallied([...errors, lost(2), lost(3)]);
  const page = unfinishedPageData('live', tally.measurement(), tally.echogram(), []);
  assert.deepEqual(
    [page.verdict.code, page.headline, page.legend],
    [
      'NOTHING_LISTENS',
      'UDP does not work.',
      [{ kind: 'icmpErrors', count: 2, text: 'refused: nothing listens on port 10000' }],
    ],
  );
});

for (const [skipped, outcome] of [
  [10, 'good'],
  [11, 'lossy'],
] as const) {
  test(`${skipped} of a thousand slots skipped is ${outcome}`, () => {
    const { echogram } = madeResult();
    const sent = [1000 - skipped, ...Array<number>(9).fill(0)];
    const picture = { ...echogram, sent, received: sent, skipped: [skipped, ...sent.slice(1)] };
    const datagrams = counts({ sent: 1000 - skipped, received: 1000 - skipped });
    const page = pageData(madeResult({ echogram: picture, datagrams }));
    assert.deepEqual([page.outcome, page.notices.length], [outcome, outcome === 'good' ? 0 : 1]);
  });
}

test('a million probes spread over everything a path does are less than 3 MB of data', () => {
  // 512 columns with 448 rows each: 50 µs to 1 s, every row of 14 octaves.
  const rows = Array.from({ length: 448 }, (_, row) => [row + 160, 4]).flat();
  const many = Array(512).fill(1953) as number[];
  const { echogram } = madeResult();
  const filled = Object.fromEntries(
    Object.entries(echogram).map(([name, value]) => [name, Array.isArray(value) ? many : value]),
  ) as unknown as typeof echogram;
  const page = pageData(madeResult({ echogram: { ...filled, rttRows: Array(512).fill(rows) } }));
  assert.ok(JSON.stringify(page).length < 3e6);
});
