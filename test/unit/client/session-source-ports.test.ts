import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counts, MadeSession, play } from '../../helpers/made-session.ts';

const MS = 1e6;

test('probes take turns on the source ports, and each port has its own loss', () => {
  // Ports 0, 1, 2, 0, 1, 2: port 1 loses both of its probes, port 2 has one late.
  const fates = [[5], [], [7], [15], [], [1500]].map((delays) => ({
    repliesNs: delays.map((ms) => ms * MS),
  }));
  const { streams } = play({ streams: 3 }, fates).summary();
  assert.deepEqual(
    streams.map(({ sent, received, lost, late, lossRatio, rttMeanNs }) => [
      ...[sent, received, lost, late, lossRatio, rttMeanNs],
    ]),
    [
      [2, 2, 0, 0, 0, 10 * MS],
      [2, 0, 2, 0, 1, null],
      [2, 1, 0, 1, 0.5, 7 * MS],
    ],
  );
});

test('the order of replies is that of each source port, and so are the differences of their delays', () => {
  const made = new MadeSession({ intervalNs: 10 * MS, streams: 2 });
  // Port 0 takes 3 ms, port 1 takes 38: probes 2 and 4 come before 1, which was sent before them.
  const fates = [3, 38, 3, 38, 3, 38].map((ms) => ({ repliesNs: [ms * MS] }));
  const steady = play(made.plan, fates);
  assert.deepEqual(steady.fates.slice(0, 4), ['reply 0', 'reply 2', 'reply 4', 'reply 1']);
  const { datagrams, ipdvNs, smoothedJitterNs } = steady.end();
  assert.deepEqual(datagrams, counts({ sent: 6, received: 6 }));
  assert.deepEqual([ipdvNs.min, ipdvNs.max, smoothedJitterNs], [0, 0, 0]);
  // On port 1 probe 3 overtakes 1, which takes 30 ms longer: J is 30/16 ms.
  const uneven = play(
    made.plan,
    [3, 38, 3, 8, 3].map((ms) => ({ repliesNs: [ms * MS] })),
  ).end();
  assert.deepEqual(uneven.datagrams, counts({ sent: 5, received: 5, reordered: 1 }));
  assert.deepEqual([uneven.ipdvNs.min, uneven.ipdvNs.max], [-30 * MS, 0]);
  assert.equal(uneven.smoothedJitterNs, (30 / 16) * MS);
});

test('a probe that was not sent is no neighbour on its source port, and parts no others', () => {
  const failed = { sendError: 'EPERM' };
  const delays = [3, 8, 4, undefined, 5, 8, 6, 9];
  const { ipdvNs } = play(
    { intervalNs: 100 * MS, streams: 2 },
    delays.map((ms) => (ms === undefined ? failed : { repliesNs: [ms * MS] })),
  ).end();
  // Port 0: three differences of 1; port 1: 8, none, 8, 9, and so one of 1.
  assert.deepEqual([ipdvNs.min, ipdvNs.max], [MS, MS]);
});
