// The thresholds of echogram ping as a program: what it exits with, and what it says of one that failed.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ImpairmentProxy, PlainEcho, type ProbePlan } from '../helpers/impairment-proxy.ts';
import { pingUntil } from '../helpers/ping-until.ts';

const PASSING: ProbePlan = { forward: { kind: 'pass' }, backward: { kind: 'pass' } };
const LOST: ProbePlan = { forward: { kind: 'drop' }, backward: { kind: 'pass' } };

// All at once, as each waits for what was lost.
describe('limits', { concurrency: true }, () => {
  for (const [what, flags, exitCode, line] of [
    [
      'loss above --max-loss',
      ['--max-loss', '1%'],
      1,
      /^echogram: loss is [\d.]+ %, above --max-loss 1 %\n$/,
    ],
    ['loss within --max-loss', ['--max-loss', '100%'], 0, /^$/],
    [
      'a p99 above --max-p99',
      ['--max-p99', '1us'],
      1,
      /^echogram: p99 is [\d.]+ (s|ms|µs), above --max-p99 1 µs\n$/,
    ],
    ['a p99 within --max-p99', ['--max-p99', '1h'], 0, /^$/],
    [
      'a jitter above --max-jitter',
      ['--max-jitter', '1us'],
      1,
      /^echogram: jitter is [\d.]+ (s|ms|µs), above --max-jitter 1 µs\n$/,
    ],
    ['a jitter within --max-jitter', ['--max-jitter', '1h'], 0, /^$/],
  ] as const) {
    test(`exits with ${exitCode} for ${what}`, async (t) => {
      await using echo = await PlainEcho.open();
      await using proxy = await ImpairmentProxy.open(echo.port, (sequence) =>
        sequence % 2 === 1 ? LOST : PASSING,
      );
      const args = ['-i', '10ms', '-W', '4s', '--quiet', ...flags];
      const ending = await pingUntil(t, proxy, 20, ...args);
      assert.match(ending.stderr, line);
      assert.equal(ending.exitCode, exitCode);
    });
  }
});
