import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outlierStreams } from '../../../../src/client/verdict/outliers.ts';
import { madeStream } from '../../../helpers/made-result.ts';

for (const [what, streams, ports] of [
  ['only one port', [madeStream(1, 100, 100)], []],
  ['too few probes of each to tell', [1, 2].map((port) => madeStream(port, 19, port)), []],
  // 10 of 100 is five points above 10 of 200 and no more.
  ['a difference of five points', [madeStream(1, 100, 10), madeStream(2, 200, 10)], []],
  ['a difference above five points', [madeStream(1, 100, 11), madeStream(2, 200, 10)], [1]],
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
