// The live picture of a measurement, against what was worked out by hand.

import assert from 'node:assert/strict';
import test from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { ProbeRecord } from '../../../src/client/session/probe-record.ts';
import { drawPicture, drawSummary, drawTitle } from '../../../src/report/draw-picture.ts';
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
  // A column is a second; ten of them fill thirty places; the last is the one of now. The echogram's rows of 1 ms and
  // of 16 ms begin at 999,424 ns and end at 16,252,928 ns: a factor of 16.26, of which the first line's middle is
  // at the power of 7/8, and the last's at that of 1/8.
  const picture = pictureOf(
    1000,
    ...[reply(0, 1, 1), reply(1, 1001, 1), reply(2, 2001, 1), reply(3, 3016, 16)],
    ...[timeout(4, 5000), timeout(5, 6000), late(5, 6200, 1200)],
    { type: 'host-dropped', atNs: 6500 * MS, datagrams: 2 },
    { type: 'skipped', atNs: 7000 * MS, slots: 2 },
  );
  const lines = drawPicture(picture, 9100 * MS, PLAIN);
  assert.deepEqual(lines.slice(0, 7), [
    ` 11.5 ms ┤${' '.repeat(9)}███`,
    '         │',
    '         │',
    ` 1.42 ms ┤${'█'.repeat(9)}`,
    // A mark once, where its column begins.
    `    lost │${' '.repeat(12)}×  ~  !`,
    ` skipped │${' '.repeat(21)}!  !`,
    `         └ 9.1 s ago ${'─'.repeat(30 - 15)} now`,
  ]);
  // Of 30 columns beside the label: nothing is cut.
  assert.deepEqual(lines.slice(7), [
    '          UDP partly works. 33.3 % of 6',
    '          missed in the last 7 s.',
    '     rtt  p50 1 ms  p90 16 ms  p99 16 ms',
    '          max 16 ms',
    '          4 replies, 1 lost × (16.7 %),',
    '          1 late ~ (16.7 %),',
    '          2 skipped !, 2 dropped by this',
    '          host (buffer or checksum) !',
  ]);
});

test('the verdict of the latest stretch is left out where that of the run follows', () => {
  const picture = pictureOf(1000, reply(0, 1, 1), timeout(1, 2000));
  const [lines, last] = [false, true].map((hasVerdict) =>
    drawSummary(picture, { ...PLAIN, hasVerdict }),
  );
  assert.match(lines!.join('\n'), /UDP partly works/);
  assert.doesNotMatch(last!.join('\n'), /UDP/);
});

test('more columns than places are the newest', () => {
  const replies = Array.from({ length: 40 }, (_, second) => reply(second, second * 1000 + 1, 1));
  const picture = pictureOf(1000, ...replies, timeout(40, 41_000));
  const [first, , , , lost, , axis] = drawPicture(picture, 40_500 * MS, PLAIN);
  assert.match(first!, /│$|┤$/);
  assert.equal(lost, `    lost │${' '.repeat(29)}×`);
  assert.match(axis!, / 29\.5 s ago ─+ now$/);
});

test('a picture that begins anew is one of later probes, and its verdict is of all', () => {
  const answered = Array.from({ length: 30 }, (_, second) => reply(second, second * 1000 + 1, 1));
  const picture = pictureOf(1000, ...answered);
  picture.beginAnew(30_000 * MS);
  // It was sent before.
  picture.add(timeout(29, 30_500));
  const { received, lost, skipped } = picture.counts;
  assert.deepEqual([received, lost, skipped, picture.rtt().p50], [0, 0, 0, null]);
  assert.equal(picture.column(29), undefined);
  picture.add(reply(31, 31_002, 2));
  assert.deepEqual([picture.counts.received, picture.firstColumn], [1, 30]);
  const lines = drawPicture(picture, 31_900 * MS, PLAIN);
  // Two columns fill the width.
  assert.ok(
    lines.some((line) => line.endsWith('│' + ' '.repeat(15) + '█'.repeat(15))),
    lines.join('\n'),
  );
  assert.match(lines[6]!, /└ 1\.9 s ago /);
  assert.match(picture.verdict().sentences[0]!, /^UDP works with losses\. /);
});

test('the title names the target, and its hint stands at the right where there is room', () => {
  const target = {
    host: 'host.example',
    address: '192.0.2.7',
    port: 10_000,
    protocol: 'echo',
    tried: [],
  } as const;
  const times = { nowNs: 12_345 * MS, sinceNs: 0 };
  const named = '          host.example (192.0.2.7) port 10000, 12.3 s';
  assert.equal(drawTitle(target, times, '? help', 80), `${named.padEnd(74)}? help`);
  assert.equal(drawTitle(target, times, '? help', 56), named);
  // Where not all fits, the time goes first, then the address: the port is never cut.
  const shorter = [named.length - 1, 42, 36].map((columns) =>
    drawTitle(target, times, '', columns),
  );
  assert.deepEqual(shorter, [
    '          host.example (192.0.2.7) port 10000',
    '          host.example port 10000',
    '          host.example port 10000',
  ]);
  assert.equal(
    drawTitle({ ...target, host: '192.0.2.7' }, { ...times, sinceNs: 12_000 * MS }, '', 80),
    '          192.0.2.7 port 10000, 12.3 s, view reset 345 ms ago',
  );
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
      /1 reply, 0 lost \([^)]*\), 123,456 late ~ \([^)]*\), 123,456 not sent !, 123,456 dropped by this host \(buffer or checksum\) !, 123,456 duplicate, 123,456 reordered, 123,456 altered, 123,456 unaltered, 123,456 stray$/,
    );
  }
});
