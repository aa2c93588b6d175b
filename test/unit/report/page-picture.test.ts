import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LossCause, LossPart } from '../../../src/client/verdict/loss-parts.ts';
import { pagePicture, percentileNs } from '../../../src/report/page-picture.ts';
import type { EchogramSummary } from '../../../src/stats/echogram.ts';

const MS = 1e6;

/** Six columns of 10 ms in which nothing happened. */
function quiet(changes: Partial<EchogramSummary>): EchogramSummary {
  const none = [0, 0, 0, 0, 0, 0];
  return {
    version: 1,
    columnNs: 10 * MS,
    lowestNs: 1024,
    rowsPerOctave: 32,
    sent: none,
    received: none,
    lost: none,
    late: none,
    hostDropped: none,
    sendFailed: none,
    icmpErrors: none,
    corrupted: none,
    duplicate: none,
    skipped: none,
    largestSendErrorNs: none,
    largestStallNs: none,
    rttRows: [[], [], [], [], [], []],
    ...changes,
  };
}

/** So many of each cause. */
function parts(...counts: readonly (readonly [LossCause, number])[]): readonly LossPart[] {
  return counts.map(([cause, count]) => ({ cause, count, where: '', fate: '' }));
}

test('a loss that nothing explains is the path’s', () => {
  const { losses } = pagePicture(quiet({ lost: [0, 3, 0, 0, 0, 0] }), parts(['path', 3]), 20 * MS);
  assert.deepEqual(losses.path, [0, 3, 0, 0, 0, 0]);
  assert.deepEqual(losses.thisHost, [0, 0, 0, 0, 0, 0]);
});

test('what this host dropped stands for the losses of its column, then of earlier ones', () => {
  const picture = quiet({ lost: [5, 1, 2, 0, 0, 4], hostDropped: [0, 0, 0, 4, 0, 1] });
  // 4 noticed in column 3, none lost there: 2 of column 2, 1 of column 1; column 0 is out of reach.
  const { losses } = pagePicture(picture, parts(['thisHost', 4], ['path', 8]), 20 * MS);
  assert.deepEqual(losses.thisHost, [0, 1, 2, 0, 0, 1]);
  assert.deepEqual(losses.path, [5, 0, 0, 0, 0, 3]);
});

test('an ICMP error explains its own probe first, and an altered reply what is left', () => {
  const picture = quiet({
    lost: [0, 0, 5, 0, 0, 0],
    icmpErrors: [0, 0, 2, 0, 0, 0],
    hostDropped: [0, 0, 1, 0, 0, 0],
    corrupted: [0, 0, 0, 9, 0, 0],
    late: [1, 0, 0, 0, 0, 0],
  });
  const known = parts(['thisHost', 1], ['icmpErrors', 2], ['unusable', 2]);
  const { losses } = pagePicture(picture, known, 20 * MS);
  assert.deepEqual(
    [losses.icmpErrors[2], losses.thisHost[2], losses.unusable[2], losses.path[2], losses.late[0]],
    [2, 1, 2, 0, 1],
  );
});

test('losses that tell no time are spread over the columns that lost some', () => {
  const picture = quiet({ lost: [4, 0, 8, 0, 0, 4] });
  const { losses } = pagePicture(picture, parts(['forward', 12], ['backward', 4]), 20 * MS);
  assert.deepEqual(losses.forward, [3, 0, 6, 0, 0, 3]);
  assert.deepEqual(losses.backward, [1, 0, 2, 0, 0, 1]);
});

test('a dropped datagram that was damaged on the path is not a drop of this host', () => {
  const picture = quiet({ lost: [0, 3, 3, 0, 0, 0], hostDropped: [0, 3, 1, 0, 0, 0] });
  const { losses } = pagePicture(picture, parts(['unusable', 4], ['path', 2]), 20 * MS);
  assert.deepEqual(losses.unusable, [0, 3, 1, 0, 0, 0]);
  assert.deepEqual(losses.path, [0, 0, 2, 0, 0, 0]);
});

test('a percentile is the upper end of the row that holds its rank', () => {
  // Row 32 is 2048 to 2112 ns, row 64 is 4096 to 4224 ns.
  const rows = [32, 98, 64, 2];
  assert.equal(percentileNs(rows, 50), 2112);
  assert.equal(percentileNs(rows, 98), 2112);
  assert.equal(percentileNs(rows, 99), 4224);
  assert.equal(percentileNs([], 50), null);
});

test('each column has its percentiles, and all together their rows', () => {
  const rttRows = [[32, 1], [], [32, 2, 64, 1], [], [], [0, 1]];
  const { percentilesNs, allRows } = pagePicture(quiet({ rttRows }), [], 20 * MS);
  // Row 0 ends at 1056 ns.
  assert.deepEqual(percentilesNs.p50, [2112, null, 2112, null, null, 1056]);
  assert.deepEqual(percentilesNs.p99, [2112, null, 4224, null, null, 1056]);
  assert.deepEqual(allRows, [0, 1, 32, 3, 64, 1]);
});
