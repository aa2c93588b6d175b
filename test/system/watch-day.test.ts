// A day of ten targets, a probe a second, through prober and board, without a socket or a clock: memory does not grow.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Board } from '../../src/watch/board/board.ts';
import { sentOf } from '../../src/watch/counts.ts';
import { encodeRttRows } from '../../src/watch/rtt-rows.ts';
import { settledMemory } from '../helpers/constant-memory.ts';
import { memberOf } from '../helpers/made-fleet.ts';
import { madeColumn, madeMember, madeTarget } from '../helpers/made-watch.ts';
import { SimulatedFleet } from '../helpers/simulated-fleet.ts';

const MINUTE_NS = 60e9;
const HOUR_NS = 60 * MINUTE_NS;
const TARGETS = 10;

/** By then the board's half hour is full, and the compiler has seen everything. */
const WARM_UP_HOURS = 2;

/** An octet for each probe of the day would be 860 KB. The compiler, and the runner, take some of their own. */
const MOST_GROWN_BYTES = 2 * 2 ** 20;

/** Each tenth probe of a target is lost, and round trips take 1 to 200 ms. */
function begin(): { simulated: SimulatedFleet; board: Board } {
  const simulated = new SimulatedFleet();
  let sent = 0;
  simulated.hub.onProbe = (probe) => {
    sent++;
    if (sent % 10 === 0) return;
    simulated.hub.reply(probe, probe.atNs + (1 + ((sent * 7919) % 200)) * 1e6);
  };
  const members = Array.from({ length: TARGETS }, (_, at) =>
    memberOf(`t${at}`, { address: `192.0.2.${at + 1}`, port: 7, intervalMs: 1000 }),
  );
  simulated.fleet.set(members);
  const board = new Board({
    engine: 'linux',
    factsOf: (key) => ({
      counters: simulated.fleet.countersOf(key)!,
      resolveError: null,
      addressChanges: 0,
      resolveFailures: 0,
    }),
    now: () => ({
      nowMs: simulated.hub.clocks().wallMs,
      steadyMs: simulated.hub.nowNs / 1e6,
    }),
  });
  board.set(members);
  return { simulated, board };
}

test('a day of ten targets grows no memory, and loses no probe', () => {
  const { simulated, board } = begin();
  const play = (fromHour: number, toHour: number): void => {
    for (let atNs = fromHour * HOUR_NS; atNs < toHour * HOUR_NS; atNs += MINUTE_NS) {
      simulated.runUntil(atNs + MINUTE_NS);
      board.add(simulated.columns.splice(0));
      for (const { window, state } of board.statuses) {
        assert.equal(window.sent, window.received + window.lost);
        assert.notEqual(state.code, 'STALE');
      }
    }
  };
  play(0, WARM_UP_HOURS);
  const before = settledMemory();
  play(WARM_UP_HOURS, 24);
  const after = settledMemory();
  for (const kind of ['heapUsed', 'arrayBuffers'] as const) {
    const grownBy = after[kind] - before[kind];
    assert.ok(grownBy < MOST_GROWN_BYTES, `${kind} has grown by ${grownBy} bytes`);
  }
  simulated.stop();
  board.add(simulated.columns.splice(0));
  const totals = board.statuses.map(({ target }) => board.totalsOf(target.key)!.counts);
  const sum = totals.reduce((all, counts) => all + sentOf(counts), 0);
  // The first probes may be due at once, and the last a second before the end.
  assert.ok(Math.abs(sum - TARGETS * 86_400) <= TARGETS, String(sum));
  assert.equal(
    totals.reduce((all, { lost }) => all + lost, 0),
    Math.floor(sum / 10),
  );
});

test('a target takes less than 100 KB on the board, with half an hour of columns', () => {
  const board = new Board({
    engine: 'linux',
    factsOf: () => assert.fail('nobody looks'),
    now: () => ({ nowMs: 0, steadyMs: 0 }),
  });
  const members = Array.from({ length: 200 }, (_, at) => madeMember(madeTarget(`t${at}`)));
  const before = settledMemory();
  board.set(members);
  // A hundred replies in sixty rows, as on a path with much variation at ten probes a second.
  const rows = new Map(Array.from({ length: 60 }, (_, at) => [300 + 3 * at, 1 + (at % 3)]));
  for (let column = 0; column < 200; column++) {
    for (const { target } of members) {
      const made = madeColumn(target.key, column * 10_000, { received: 100 });
      board.add([{ ...made, rttRows: encodeRttRows(rows) }]);
    }
  }
  const after = settledMemory();
  const grownBy = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers;
  const bytes = Math.round(grownBy / members.length);
  assert.ok(bytes < 100_000, `a target takes ${bytes} bytes`);
});
