import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProbeRecord } from '../../../src/client/session/probe-record.ts';
import type { SessionResult } from '../../../src/client/session/session-result.ts';
import { pingHeading, pingSummary, recordLine } from '../../../src/report/ping-text.ts';
import { recordCsv, RECORD_CSV_HEADER, recordJson } from '../../../src/report/record-lines.ts';
import { madeResult, madeStream, NO_DROPS, NO_VALUES } from '../../helpers/made-result.ts';
import { counts } from '../../helpers/made-session.ts';

const MS = 1e6;

test('the heading names the target, and no name drives the terminal', () => {
  assert.equal(
    pingHeading('host.example', '192.0.2.7', 10_000, 64),
    'PING host.example (192.0.2.7) port 10000: 64 bytes of payload',
  );
  assert.equal(
    pingHeading('a\u001b[2J', '::1', 7, 44),
    'PING a\\x1b[2J (::1) port 7: 44 bytes of payload',
  );
});

const OF_PROBE = { sequence: 7, stream: 2, atNs: 1_234_567.8 };

const PORT_UNREACHABLE = {
  systemCode: 'ECONNREFUSED',
  from: '192.0.2.7',
  icmpType: 3,
  icmpCode: 3,
};

const UNTOLD = { systemCode: 'EHOSTUNREACH', from: null, icmpType: null, icmpCode: null };

const SEND_TIMES = { sentNs: 1_200_000, sendErrorNs: 300 };

const RECORDS: readonly [ProbeRecord, text: string | undefined, csv: string][] = [
  [
    { type: 'reply', ...OF_PROBE, rttNs: 12.1 * MS, isReordered: false, ...SEND_TIMES },
    'reply seq=7 time=12.1 ms',
    'reply,1234568,7,2,12100000,false,,,,,,,,,,,1200000,300,,,',
  ],
  [
    { type: 'reply', ...OF_PROBE, rttNs: 12.1 * MS, isReordered: true, ...SEND_TIMES },
    'reply seq=7 time=12.1 ms (reordered)',
    'reply,1234568,7,2,12100000,true,,,,,,,,,,,1200000,300,,,',
  ],
  [
    { type: 'duplicate', ...OF_PROBE, rttNs: 13 * MS },
    'reply seq=7 time=13 ms (duplicate)',
    'duplicate,1234568,7,2,13000000,,,,,,,,,,,,,,,,',
  ],
  [
    { type: 'late', ...OF_PROBE, rttNs: 1500 * MS },
    'reply seq=7 time=1.5 s (late: it had been given up)',
    'late,1234568,7,2,1500000000,,,,,,,,,,,,,,,,',
  ],
  [
    { type: 'timeout', ...OF_PROBE, ...SEND_TIMES },
    'no reply seq=7',
    'timeout,1234568,7,2,,,,,,,,,,,,,1200000,300,,,',
  ],
  [
    { type: 'send-failed', ...OF_PROBE, systemCode: 'ENETUNREACH' },
    'not sent seq=7 (ENETUNREACH)',
    'send-failed,1234568,7,2,,,ENETUNREACH,,,,,,,,,,,,,,',
  ],
  [
    { type: 'icmp-error', atNs: 5, sequence: 3, ...PORT_UNREACHABLE },
    'ICMP "port unreachable" from 192.0.2.7 seq=3',
    'icmp-error,5,3,,,,ECONNREFUSED,192.0.2.7,3,3,,,,,,,,,,,',
  ],
  [
    { type: 'icmp-error', atNs: 5, sequence: null, ...UNTOLD },
    'ICMP "host unreachable or prohibited, or time exceeded"',
    'icmp-error,5,,,,,EHOSTUNREACH,,,,,,,,,,,,,,',
  ],
  [
    { type: 'omitted', atNs: 5, records: 1024 },
    '(1,024 records not shown: the reader of this output is slow)',
    'omitted,5,,,,,,,,,,1024,,,,,,,,,',
  ],
  [
    { type: 'corrupted', atNs: 5, payloadBytes: 1 },
    'altered reply of 1 byte',
    'corrupted,5,,,,,,,,,1,,,,,,,,,,',
  ],
  [
    { type: 'stray', atNs: 5, payloadBytes: 64 },
    'stray datagram of 64 bytes',
    'stray,5,,,,,,,,,64,,,,,,,,,,',
  ],
  [
    {
      type: 'reply',
      sequence: 7,
      stream: 2,
      atNs: 5,
      rttNs: 12_100_000,
      isReordered: false,
      residenceNs: 40_000,
      forwardDelayNs: -3_000_000_000,
      backwardDelayNs: null,
      sentNs: 3,
      sendErrorNs: 1,
    },
    'reply seq=7 time=12.1 ms',
    'reply,5,7,2,12100000,false,,,,,,,,40000,-3000000000,,3,1,,,',
  ],
  [
    { type: 'unaltered', atNs: 5, payloadBytes: 44 },
    'our own packet of 44 bytes back unaltered: a plain echo',
    'unaltered,5,,,,,,,,,44,,,,,,,,,,',
  ],
  [
    { type: 'host-dropped', atNs: 5, datagrams: 12 },
    '12 datagrams dropped by this host (buffer or checksum)',
    'host-dropped,5,,,,,,,,,,,12,,,,,,,,',
  ],
  [
    { type: 'skipped', atNs: 5, slots: 3 },
    '3 probes skipped because this host was late',
    'skipped,5,,,,,,,,,,,,,,,,,3,,',
  ],
  [{ type: 'stall', atNs: 5, delayNs: 2_500_000 }, undefined, 'stall,5,,,,,,,,,,,,,,,,,,2500000,'],
  [
    { type: 'address-changed', atNs: 5, from: '192.0.2.1', to: '192.0.2.7' },
    'this host sends from 192.0.2.7 now, no longer from 192.0.2.1',
    'address-changed,5,,,,,,192.0.2.1,,,,,,,,,,,,,192.0.2.7',
  ],
];

for (const [record, text, csv] of RECORDS) {
  test(`a record says: ${text ?? `nothing to a person (${record.type})`}`, () => {
    assert.equal(recordLine(record), text);
    // Itself, with a whole time.
    assert.deepEqual(JSON.parse(recordJson(record)), { ...record, atNs: Math.round(record.atNs) });
    assert.equal(recordCsv(record), csv);
    assert.equal(csv.split(',').length, RECORD_CSV_HEADER.split(',').length);
  });
}

test('the header of the CSV names its units', () => {
  assert.equal(
    RECORD_CSV_HEADER,
    'type,at_ns,sequence,stream,rtt_ns,is_reordered,system_code,from,icmp_type,icmp_code,payload_bytes,records,datagrams,residence_ns,forward_delay_ns,backward_delay_ns,sent_ns,send_error_ns,slots,delay_ns,to',
  );
});

test('the summary of an uneventful run is counts, times and the verdict', () => {
  assert.deepEqual(pingSummary(madeResult()), [
    '',
    '--- host.example port 10000: 9.01 s ---',
    '10 probes sent, 10 received, 0 lost (0 %), 0 late',
    'rtt   min 11 ms, mean 12.5 ms, p50 12.1 ms, p90 20 ms, p99 40 ms, max 40 ms, stddev 1.5 ms',
    'pdv   p50 1.1 ms, p99 29 ms, max 29 ms; jitter (RFC 3550) 2.5 ms',
    'clock read by this program; its event loop was late by p99 1 ms, max 2 ms',
    'UDP works. 0 lost of 10; median 12.1 ms, p99 40 ms.',
  ]);
});

test('what happened beside replies and losses has a line, and only then', () => {
  const datagrams = counts({
    sent: 1,
    received: 1,
    duplicate: 2,
    reordered: 3,
    corrupted: 4,
    stray: 5,
    icmpErrors: 6,
    sendFailed: 7,
  });
  const summary = pingSummary(
    madeResult({
      datagrams,
      schedule: { intended: 10, skipped: 8, sendErrorNs: NO_VALUES, responseNs: NO_VALUES },
      hostDrops: { ...NO_DROPS, receiveBuffer: 9 },
      sendFailures: { EPERM: 7 },
    }),
  );
  assert.deepEqual(summary.slice(2, 4), [
    '1 probe sent, 1 received, 0 lost (0 %), 0 late',
    "2 duplicate, 3 reordered, 4 altered, 5 stray, 6 ICMP errors, 7 not sent, 8 skipped because this host was late, 9 dropped in this host's receive buffer",
  ]);
});

test('lost and late are counted apart, each with its part of what was sent', () => {
  const datagrams = counts({ sent: 20, received: 15, lost: 2, late: 3, lossRatio: 0.25 });
  assert.equal(
    pingSummary(madeResult({ datagrams }))[2],
    '20 probes sent, 15 received, 2 lost (10 %), 3 late (15 %)',
  );
});

test('where nothing came nothing is said of times', () => {
  const summary = pingSummary(
    madeResult({
      datagrams: counts({ sent: 2, lost: 2, lossRatio: 1 }),
      rttNs: NO_VALUES,
      pdvNs: NO_VALUES,
      smoothedJitterNs: null,
    }),
  );
  assert.deepEqual(summary.slice(2), [
    '2 probes sent, 0 received, 2 lost (100 %), 0 late',
    'UDP does not work: no reply to 2 probes.',
  ]);
});

test('where replies came too late, what their times were read from is said', () => {
  const late = { datagrams: counts({ sent: 2, late: 2 }), rttNs: NO_VALUES, pdvNs: NO_VALUES };
  const clockOf = (more: Partial<SessionResult>): string =>
    pingSummary(madeResult({ ...late, ...more })).find((line) => line.startsWith('clock'))!;
  assert.deepEqual(pingSummary(madeResult(late)).slice(2, 4), [
    '2 probes sent, 0 received, 0 lost (0 %), 2 late (100 %)',
    'clock read by this program; its event loop was late by p99 1 ms, max 2 ms',
  ]);
  const timestamps = { send: 'kernel', receive: 'kernel', userToKernelNs: NO_VALUES } as const;
  assert.equal(clockOf({ timestamps }), "clock the kernel's timestamps");
});

test('one of a kind is singular', () => {
  const lines = pingSummary(madeResult({ datagrams: counts({ sent: 1, lost: 1, icmpErrors: 1 }) }));
  assert.deepEqual(lines.slice(2, 4), [
    '1 probe sent, 0 received, 1 lost (100 %), 0 late',
    '1 ICMP error',
  ]);
});

test('says what the times were read from, and what that costs', () => {
  const userToKernelNs = { ...NO_VALUES, p50: 18_000, p99: 95_000 };
  const stamped = madeResult({ timestamps: { send: 'kernel', receive: 'kernel', userToKernelNs } });
  assert.equal(
    pingSummary(stamped)[5],
    "clock the kernel's timestamps; read by this program, p50 18 µs more, p99 95 µs",
  );
  const loopDelayNs = { p99: 1e6, max: 2e6 };
  const clockSteps = { count: 0, largestNs: null };
  const collected = madeResult({ runtime: { loopDelayNs, gcMaxNs: 3.5e6, clockSteps } });
  assert.equal(
    pingSummary(collected)[5],
    'clock read by this program; its event loop was late by p99 1 ms, max 2 ms, longest garbage collection 3.5 ms',
  );
});

test('several source ports are a table that marks the outlier', () => {
  const streams = [madeStream(40_001, 100, 0), madeStream(50_002, 100, 30)];
  const lines = pingSummary(madeResult({ streams }));
  assert.deepEqual(lines.slice(6, 9), [
    'source port  sent  lost  loss  rtt mean',
    '      40001   100     0   0 %   12.5 ms',
    '      50002   100    30  30 %   12.5 ms  <- outlier',
  ]);
});

function resultOfBothWays(): SessionResult {
  const delay = { ...NO_VALUES, min: -2.99e9, p50: -2.98e9, p99: -2.95e9 };
  const pdv = { ...NO_VALUES, p50: 1.1 * MS, p99: 29 * MS, max: 29 * MS };
  return madeResult({
    forward: {
      lost: 3,
      reordered: 0,
      duplicate: 1,
      delayNs: delay,
      ipdvNs: NO_VALUES,
      pdvNs: pdv,
    },
    backward: {
      lost: null,
      reordered: null,
      duplicate: null,
      delayNs: null,
      ipdvNs: NO_VALUES,
      pdvNs: NO_VALUES,
    },
    reflector: {
      numbering: 'own',
      unattributed: 0,
      unanswered: 0,
      unaltered: 0,
      unauthenticated: 0,
      unusableStamps: 0,
      clock: null,
      residenceNs: { ...NO_VALUES, p50: 41_000, p99: 120_000, max: 2 * MS },
    },
  });
}

test('the summary has the two directions one under the other, and what lies between them', () => {
  const lines = pingSummary(resultOfBothWays(), 89);
  const first = lines.findIndex((line) => line.includes('delay min'));
  assert.deepEqual(lines.slice(first, first + 4), [
    '           lost  reordered  duplicate  delay min      p50      p99  pdv p50    p99    max',
    'way there     3          0          1    -2.99 s  -2.98 s  -2.95 s   1.1 ms  29 ms  29 ms',
    ' way back     -          -          -          -        -        -        -      -      -',
    'server processing time: p50 41 µs, p99 120 µs, max 2 ms; in no rtt',
  ]);
});

test('where a terminal is too narrow the two directions stand beside one another', () => {
  const lines = pingSummary(resultOfBothWays(), 60);
  const first = lines.findIndex((line) => line.includes('way there'));
  assert.deepEqual(lines.slice(first, first + 12), [
    '           way there  way back',
    '     lost          3         -',
    'reordered          0         -',
    'duplicate          1         -',
    'delay min    -2.99 s         -',
    '      p50    -2.98 s         -',
    '      p99    -2.95 s         -',
    '  pdv p50     1.1 ms         -',
    '      p99      29 ms         -',
    '      max      29 ms         -',
    'server processing time: p50 41 µs, p99 120 µs, max 2 ms; in',
    'no rtt',
  ]);
});
