// `watch` beside `ping` over the same bad network at the same time: their percentiles agree. On the portable engine each has
// the stalls of its own event loop in them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ping, watch } from '../../src/index.ts';
import { addRttRows, decodeRttRows, percentileOfRows } from '../../src/watch/rtt-rows.ts';
import { startEchogram, startServer } from '../helpers/programs.ts';
import { needsLinuxEngine } from '../helpers/skips.ts';

const PROBES = 1500;
const INTERVAL_MS = 10;

/** Any of these delays is as likely as another. */
const PLAN = 'delay=25ms±15ms,seed=14';

/**
 * The medians of two samples of that size from 10 to 40 ms differ by 2 % as a rule, and the histogram of a watch adds 3 %
 * at most. Stalls of a busy machine reach the highest percentiles, and the two don't begin and end at one moment.
 */
const MOST_APART = 0.12;

test('percentiles are those of ping', { skip: needsLinuxEngine() }, async (t) => {
  const { port: server } = await startServer(t, '--limit', '0');
  // Programs of their own: a stall of this one must not delay the replies of one prober more than those of the other.
  const args = ['impair', '--to', `127.0.0.1:${server}`, '--backward', PLAN];
  const relay = startEchogram(t, [...args, '--json']);
  const [, port] = await relay.untilStdout(/"port":(\d+)/);
  const pinging = ping({
    ...{ engine: 'linux', host: '127.0.0.1', port: Number(port) },
    ...{ count: PROBES, intervalMs: INTERVAL_MS, timeoutMs: 10_000 },
  });
  const probes = { default: { interval: `${INTERVAL_MS}ms`, timeout: '10s' } };
  const targeted = [`127.0.0.1:${port}`];
  await using running = await watch({ engine: 'linux', probes, targets: targeted });
  const rows = new Map<number, number>();
  running.on('columns', (columns) => {
    for (const { rttRows } of columns) addRttRows(rows, decodeRttRows(rttRows)!);
  });
  const pinged = await pinging;
  const { targets } = await running.stop();
  const watched = targets[0]!;
  assert.equal(watched.lossRatio, 0);
  assert.ok(watched.sent >= 0.9 * PROBES, `${watched.sent} probes`);
  for (const [name, ns, other] of [
    ['p50', watched.p50Ns!, pinged.rttNs.p50!],
    ['p90', percentileOfRows(rows, 90)!, pinged.rttNs.p90!],
  ] as const) {
    assert.ok(ns >= 10e6, `${name} is ${ns} ns`);
    assert.ok(Math.abs(ns / other - 1) <= MOST_APART, `${name}: ${ns} and ${other} ns`);
  }
});
