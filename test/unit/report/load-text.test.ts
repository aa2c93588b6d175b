// A load measurement as text, from results written by hand.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoadTrial } from '../../../src/load/load-result.ts';
import {
  bracketLine,
  loadHeading,
  loadSummary,
  missedRateLine,
  trialLine,
} from '../../../src/report/load-text.ts';
import { MADE_THROUGHPUT, madeLoad, madeTrial, NOTHING, times } from '../../helpers/made-load.ts';

test('the heading names the target', () => {
  const { target } = madeLoad();
  assert.equal(loadHeading(target), 'LOAD host.example (192.0.2.7) port 10000, echo');
});

const SLOW = { rttNs: times(9, 18), responseNs: times(9, 18) };

for (const [trial, line] of [
  [madeTrial('ramp', 800), 'ramp          800/s for 1 s: passed, response p50 200 µs, p99 400 µs'],
  [
    madeTrial('search', 1168.6, { lost: { path: 20 } }),
    'search      1,169/s for 2 s: passed, 0.856 % lost, response p50 200 µs, p99 400 µs',
  ],
  [
    madeTrial('ramp', 1600, { lost: { path: 306 }, late: 14, verdict: 'high-loss', ...SLOW }),
    'ramp        1,600/s for 1 s: 320 of 1,600 lost on the path (20 %), response p50 9 ms, p99 18 ms',
  ],
  [
    madeTrial('ramp', 1600, {
      lost: { path: 306, forward: 306, server: 0, backward: 0 },
      verdict: 'high-loss',
      ...SLOW,
    }),
    'ramp        1,600/s for 1 s: 306 of 1,600 lost on the way there (19.1 %), response p50 9 ms, p99 18 ms',
  ],
  [
    madeTrial('search', 1189.9, { growthNs: 13.5e6, verdict: 'growth', ...SLOW }),
    'search      1,190/s for 2 s: a queue grew by 13.5 ms, response p50 9 ms, p99 18 ms',
  ],
  [
    madeTrial('ramp', 12_800, { offeredPps: 9600, verdict: 'invalid' }),
    'ramp       12,800/s for 1 s: no answer, this host offered only 9,600/s (75 %), response p50 200 µs, p99 400 µs',
  ],
  [
    madeTrial('ramp', 12_800, { lost: { receiveBuffer: 1 }, verdict: 'invalid' }),
    'ramp       12,800/s for 1 s: no answer, this host dropped 1 reply, response p50 200 µs, p99 400 µs',
  ],
  [
    madeTrial('profile', 116.9, { durationNs: 3e8, verdict: 'cut', cutBy: 'silence' }),
    'profile       117/s for 300 ms: cut, because no reply came any more, response p50 200 µs, p99 400 µs',
  ],
] satisfies [LoadTrial, string][]) {
  test(`a trial is one line: ${line}`, () => {
    assert.equal(trialLine(trial), line);
  });
}

// A rate that passed is rounded down, one that did not is rounded up.
for (const [lowerPps, upperPps, line] of [
  [null, null, 'nothing is known yet'],
  [null, 100, '100/s did not pass'],
  [800, null, '800/s passed'],
  [1168.6, 1189.9, '1,168/s passed, 1,190/s did not'],
  [12.34, 12.36, '12.3/s passed, 12.4/s did not'],
] as const) {
  test(`a bracket is told: ${line}`, () => {
    assert.equal(bracketLine({ lowerPps, upperPps }), line);
  });
}

test('the summary has what was spent, the idle path, the bracket, the profile and the verdict', () => {
  assert.deepEqual(loadSummary(madeLoad()), [
    '',
    '--- host.example port 10000: 38.2 s, 16,400 datagrams, 1.44 MiB of IP packets ---',
    'idle  rtt min 100 µs, p50 200 µs, p99 400 µs, max 400 µs; 0 % of 50 probes lost',
    'rate  1,168/s passed, 1,190/s did not (1.79 % apart)',
    ' load     rate  lost  response p50     p95     p99     max',
    ' 10 %    117/s   0 %        200 µs  300 µs  300 µs  300 µs',
    ' 25 %    292/s   0 %        200 µs  300 µs  300 µs  300 µs',
    ' 50 %    584/s   0 %        200 µs  400 µs  400 µs  400 µs',
    ' 75 %    877/s   0 %        300 µs  600 µs  600 µs  600 µs',
    ' 90 %  1,052/s   0 %        400 µs  900 µs  900 µs  900 µs  <- knee',
    '100 %  1,169/s   0 %        2.1 ms  6.5 ms  6.5 ms  6.5 ms',
    ...madeLoad().verdict.sentences,
  ]);
});

test('the summary tells what arrived of a rate that may lose', () => {
  const throughput = { ...MADE_THROUGHPUT, conditionalPps: 1150.2 };
  const lines = loadSummary(madeLoad({ throughput }));
  assert.ok(
    lines.includes('rate  1,168/s passed, 1,190/s did not (1.79 % apart); 1,150/s of it arrived'),
    lines.join('\n'),
  );
});

test('without a reply the summary has no times, rate or profile', () => {
  const result = madeLoad({ ...NOTHING, endedBy: { code: 'NO_REPLY' } });
  assert.deepEqual(loadSummary(result), [
    '',
    '--- host.example port 10000: 38.2 s, 16,400 datagrams, 1.44 MiB of IP packets ---',
    'idle  100 % of 50 probes lost',
    'UDP does not work: no reply from host.example port 10000 to 50 probes.',
  ]);
});

test('no line of the summary is wider than the terminal', () => {
  for (const columns of [40, 60, 80]) {
    const wide = loadSummary(madeLoad(), columns).filter((line) => line.length > columns);
    assert.deepEqual(wide, []);
  }
});

test('a rate that was missed is told in the words of its flag', () => {
  const missed = { name: 'throughputPps', level: 'critical', limit: 1200, held: false } as const;
  assert.equal(
    missedRateLine({ ...missed, actual: 1168.6, reason: null }),
    'the rate is 1,168/s, below --min-rate 1,200/s',
  );
  assert.equal(
    missedRateLine({ ...missed, actual: null, reason: 'no trial passed' }),
    'the rate is unknown (no trial passed), so --min-rate 1,200/s fails',
  );
});
