import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outlierStreams } from '../../../../src/client/verdict/outliers.ts';
import { Random } from '../../../../src/random.ts';
import { madeStream } from '../../../helpers/made-result.ts';

for (const [what, streams, ports] of [
  ['only one port', [madeStream(1, 100, 100)], []],
  ['too few probes of each to tell', [1, 2].map((port) => madeStream(port, 19, port)), []],
  // 10 % is five points above 5 % and no more.
  ['a difference of five points', [madeStream(1, 1000, 100), madeStream(2, 2000, 100)], []],
  ['a difference above five points', [madeStream(1, 1000, 101), madeStream(2, 2000, 100)], [1]],
  // With one share of 7 %, one of two ports is as far from the other in a sixth of all measurements.
  ['a difference that may be chance', [madeStream(1, 100, 11), madeStream(2, 200, 10)], []],
  ['everything lost on each', [1, 2, 3].map((port) => madeStream(port, 50, 50)), []],
  ['nothing sent on one', [madeStream(1, 0, 0), madeStream(2, 50, 1)], []],
] as const) {
  test(`${ports.length === 0 ? 'no port is an outlier' : 'the outlier is found'} with ${what}`, () => {
    assert.deepEqual(
      outlierStreams(streams).map(({ sourcePort }) => sourcePort),
      ports,
    );
  });
}

test('late replies of all ports alike make none of them an outlier', () => {
  const late = { late: 10, received: 90, lossRatio: 0.1 };
  const streams = [40_001, 40_002, 40_003].map((port) => ({
    ...madeStream(port, 100, 0),
    ...late,
  }));
  assert.deepEqual(outlierStreams(streams), []);
});

test('random losses make no port an outlier, or dead, however many there are', () => {
  const random = new Random(7);
  for (const [ports, probes] of [
    [256, 5],
    [64, 20],
    [8, 25],
    [2, 100],
  ] as const) {
    for (let trial = 0; trial < 100; trial++) {
      const streams = Array.from({ length: ports }, (_, port) => {
        const lost = Array.from({ length: probes }, () => random.next()).filter((x) => x < 0.25);
        return madeStream(port, probes, lost.length);
      });
      assert.deepEqual(outlierStreams(streams), [], `${ports} ports, trial ${trial}`);
    }
  }
});
