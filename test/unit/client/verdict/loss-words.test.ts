// How the first sentence of a verdict counts what was missed, and says how it lies among the rest.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../../../src/client/verdict/verdict.ts';
import { madeResult } from '../../../helpers/made-result.ts';
import { counts } from '../../../helpers/made-session.ts';

interface Row {
  readonly sent: number;
  readonly lost?: number;
  readonly late?: number;
  /** Of those without a reply in time. */
  readonly runs: readonly [count: number, longest: number];
  readonly words: string;
}

const ROWS: readonly Row[] = [
  { sent: 1e6, runs: [0, 0], words: '0 lost of 1,000,000' },
  { sent: 80, lost: 1, runs: [1, 1], words: '1.25 % lost: a single loss' },
  { sent: 400, lost: 10, runs: [10, 1], words: '2.5 % lost: 10 isolated losses' },
  { sent: 40_000, lost: 1200, runs: [1200, 1], words: '3 % lost: 1,200 isolated losses' },
  { sent: 1000, lost: 12, runs: [1, 12], words: '1.2 % lost: a run of 12' },
  { sent: 1000, lost: 20, runs: [3, 12], words: '2 % lost: 3 runs, the longest 12' },
  { sent: 50, late: 1, runs: [1, 1], words: '0 lost of 50; 2 % late, after 1 s: a single reply' },
  {
    sent: 90,
    late: 3,
    runs: [3, 1],
    words: '0 lost of 90; 3.33 % late, after 1 s: 3 isolated replies',
  },
  {
    sent: 100,
    lost: 2,
    late: 2,
    runs: [4, 1],
    words: '2 % lost and 2 % late, after 1 s: 4 isolated probes',
  },
];

for (const {
  sent,
  lost = 0,
  late = 0,
  runs: [count, longest],
  words,
} of ROWS) {
  test(`of ${sent} probes ${lost} lost and ${late} late in ${count} runs are "${words}"`, () => {
    const missed = lost + late;
    const { sentences } = judge(
      madeResult({
        datagrams: counts({ sent, received: sent - missed, lost, late, lossRatio: missed / sent }),
        lossRuns: { count, longest, meanLength: longest, atEnd: 0, runsByLength: [] },
      }),
    );
    const headline = missed === 0 ? 'UDP works' : 'UDP works with losses';
    assert.equal(sentences[0], `${headline}. ${words}; median 12.1 ms, p99 40 ms.`);
  });
}
