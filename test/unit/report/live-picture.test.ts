// The live picture of a measurement, against what was worked out by hand.

import assert from 'node:assert/strict';
import test from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { ProbeRecord } from '../../../src/client/session/probe-record.ts';
import { drawPicture, drawSummary } from '../../../src/report/draw-picture.ts';
import { LivePicture } from '../../../src/report/live-picture.ts';

const MS = 1e6;
const PLAIN = { columns: 40, lines: 4, hasColour: false, hasUtf8: true };

function reply(sequence: number, atMs: number, rttMs: number): ProbeRecord {
  const sentNs = (atMs - rttMs) * MS;
  const times = { sentNs, sendErrorNs: 0, atNs: atMs * MS, rttNs: rttMs * MS };
  return { type: 'reply', sequence, stream: 0, isReordered: false, ...times };
}

function timeout(sequence: number, atMs: number): ProbeRecord {
  // After a second, and the time it took to notice.
  const sentNs = Math.floor(atMs - 1000) * MS;
  return { type: 'timeout', sequence, stream: 0, sentNs, sendErrorNs: 0, atNs: atMs * MS };
}

function late(sequence: number, atMs: number, rttMs: number): ProbeRecord {
  return { type: 'late', sequence, stream: 0, atNs: atMs * MS, rttNs: rttMs * MS };
}

function icmpError(sequence: number | null, atMs: number): ProbeRecord {
  const error = { systemCode: 'EHOSTUNREACH', from: null, icmpType: 3, icmpCode: 1 };
  return { type: 'icmp-error', sequence, atNs: atMs * MS, ...error };
}

function pictureOf(intervalMs: number, ...records: readonly ProbeRecord[]): LivePicture {
  const picture = new LivePicture({ intervalNs: intervalMs * MS, timeoutNs: 1000 * MS });
  for (const record of records) picture.add(record);
  return picture;
}

for (const [intervalMs, columnMs] of [
  [1000, 1000],
  [250, 250],
  [100, 300],
  [0.01, 250],
  [7, 252],
] as const) {
  test(`a probe every ${intervalMs} ms makes columns of ${columnMs} ms`, () => {
    assert.equal(Math.round(pictureOf(intervalMs).columnNs), columnMs * MS);
  });
}

test('a probe stands where it was sent, whenever its fate was known', () => {
  const picture = pictureOf(1000, reply(0, 2100, 600), timeout(1, 2500), timeout(2, 3500));
  assert.equal(picture.column(1)!.lost, 1);
  assert.equal(
    picture.column(1)!.rtt.reduce((sum, count) => sum + count),
    1,
  );
  assert.equal(picture.column(2)!.lost, 1);
  assert.equal(picture.column(3), undefined);
});

test('a late reply is lost no more', () => {
  const picture = pictureOf(1000, timeout(0, 1001), late(0, 1500, 1500));
  assert.deepEqual({ ...picture.counts, lost: 0, late: 1 }, picture.counts);
  assert.deepEqual([picture.column(0)!.lost, picture.column(0)!.late], [0, 1]);
});

test('an ICMP error loses no probe: its timeout does', () => {
  const before = pictureOf(1000, icmpError(0, 2), icmpError(null, 3));
  assert.deepEqual([before.counts.lost, before.counts.icmpErrors], [0, 2]);
  const after = pictureOf(1000, icmpError(0, 2), timeout(0, 1001));
  assert.deepEqual([after.counts.lost, after.counts.icmpErrors], [1, 1]);
});

test('what this host could not send or hold is told apart', () => {
  const ofProbe = { sequence: 0, stream: 0, systemCode: 'ENOBUFS' };
  const picture = pictureOf(
    1000,
    { type: 'send-failed', ...ofProbe, atNs: 500 * MS },
    { type: 'host-dropped', atNs: 1500 * MS, datagrams: 7 },
  );
  assert.deepEqual([picture.counts.sendFailed, picture.counts.hostDropped], [1, 7]);
  assert.deepEqual([picture.column(0)!.here, picture.column(1)!.here], [1, 7]);
});

test('an hour of columns keeps the last 512', () => {
  const picture = pictureOf(1000);
  for (let second = 0; second < 3600; second++) {
    picture.add(reply(second, second * 1000 + 10, 10));
  }
  assert.equal(picture.column(3599 - 512), undefined);
  assert.ok(picture.column(3599 - 511) !== undefined);
  assert.equal(picture.counts.received, 3600);
  // A reply from before all of them goes to the oldest.
  picture.add(late(0, 3600_000, 3600_000));
  assert.equal(picture.column(3599 - 511)!.late, 1);
});

test('times stand on a logarithmic scale, losses beneath with a mark for whose they are', () => {
  // A column is a second; 30 fit; the last is the one of now. The echogram's rows of 1 ms and of 16 ms
  // begin at 999,424 ns and end at 16,252,928 ns: a factor of 16.26, of which the first line's middle is
  // at the power of 7/8, and the last's at that of 1/8.
  const picture = pictureOf(
    1000,
    ...[reply(0, 1, 1), reply(1, 1001, 1), reply(2, 2001, 1), reply(3, 3016, 16)],
    ...[timeout(4, 5000), timeout(5, 6000), late(5, 6200, 1200)],
    { type: 'host-dropped', atNs: 6500 * MS, datagrams: 2 },
  );
  const lines = drawPicture(picture, 7100 * MS, PLAIN);
  const left = ' '.repeat(30 - 8);
  assert.deepEqual(lines.slice(0, 6), [
    ` 11.5 ms ┤${left}   █`,
    '         │',
    '         │',
    ` 1.42 ms ┤${left}███`,
    `    lost │${left}    ×~!`,
    `         └${'─'.repeat(26)} now`,
  ]);
  // Of 30 columns beside the label: nothing is cut.
  assert.deepEqual(lines.slice(6), [
    '          UDP partly works. 33.3 %',
    '          missed of 6 in the last 6.5 s.',
    '     rtt  p50 1 ms  p90 16 ms  p99 16 ms',
    '          max 16 ms',
    '          4 replies, 1 × lost (16.7 %),',
    '          1 ~ late (16.7 %), 2 ! dropped',
    '          by this host (buffer or',
    '          checksum)',
  ]);
});

test('whatever happened is told within the width, with colours as without', () => {
  const picture = pictureOf(1, reply(0, 1, 1));
  const names = ['duplicate', 'reordered', 'corrupted', 'unaltered', 'stray'] as const;
  for (const name of [...names, 'late', 'hostDropped', 'sendFailed'] as const) {
    picture.counts[name] = 123_456;
  }
  for (const columns of [40, 80, 132]) {
    const [plain, coloured] = [false, true].map((hasColour) =>
      drawSummary(picture, { columns, hasColour }).map(stripVTControlCharacters),
    );
    assert.ok(plain!.every((line) => line.length <= columns));
    assert.deepEqual(coloured, plain);
    const text = plain!
      .slice(1)
      .map((line) => line.trim())
      .join(' ');
    assert.match(
      text,
      /1 reply, 0 × lost \([^)]*\), 123456 ~ late \([^)]*\), 123456 ! not sent, 123456 ! dropped by this host \(buffer or checksum\), 123456 duplicate, 123456 reordered, 123456 altered, 123456 unaltered, 123456 stray$/,
    );
  }
});
