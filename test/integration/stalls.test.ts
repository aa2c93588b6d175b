// A program that stalls while it measures tells so, and when.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { ProbeRecord } from '../../src/client/session/probe-record.ts';
import type { SessionResult } from '../../src/client/session/session-result.ts';
import { until } from '../helpers/deadline.ts';
import { ENGINES } from '../helpers/engines.ts';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { isStopped, startEchogram } from '../helpers/programs.ts';
import { firstSkip, needsLinux } from '../helpers/skips.ts';

const INTERVAL_MS = 10;
/** The portable engine's timer looks so often. */
const LOOK_MS = 2;
const HOLD_MS = 100;

type Line = ProbeRecord | { readonly type: 'result'; readonly result: SessionResult };

for (const { engine, skip } of ENGINES) {
  test(
    `a program that was stopped says for how long, and which probes it left out (${engine})`,
    { skip: firstSkip(skip, needsLinux()) },
    async (t) => {
      await using echo = await PlainEcho.open();
      const asked = ['ping', `127.0.0.1:${echo.port}`, '--engine', engine, '--jsonl', '-'];
      const client = startEchogram(t, [...asked, '-i', `${INTERVAL_MS}ms`, '-W', '20s']);
      const { child } = client;
      await client.untilStdout(/"type":"reply"/);
      child.kill('SIGSTOP');
      await until(() => isStopped(child.pid!), 'each thread to stop');
      const stoppedAt = performance.now();
      // Not to wait for something: this is what the program is to notice.
      await setTimeout(HOLD_MS);
      const stoppedMs = performance.now() - stoppedAt;
      child.kill('SIGCONT');
      // It had something to do within an interval.
      const leastMs = stoppedMs - INTERVAL_MS - LOOK_MS;
      // A host that stalls holds it up too, before that; so not for any.
      await until(
        () => longestStallNs(recordsIn(client.stdout)) >= leastMs * 1e6,
        `it to tell of ${leastMs} ms`,
      );
      await client.untilStdout(/"type":"skipped"/);
      child.kill('SIGINT');
      const { stdout } = await client.ended();
      const records = recordsIn(stdout);
      const last = records.pop()!;
      assert.ok(last.type === 'result');
      const { echogram, schedule } = last.result;
      assert.equal(Math.max(...echogram.largestStallNs), longestStallNs(records));

      const skipped = records.map((one) => (one.type === 'skipped' ? one.slots : 0));
      assert.equal(
        skipped.reduce((sum, slots) => sum + slots, 0),
        schedule.skipped,
      );
    },
  );
}

/** Of the lines that are whole. */
function recordsIn(stdout: string): Line[] {
  const lines = stdout.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Line);
}

function longestStallNs(records: readonly Line[]): number {
  return Math.max(...records.map((one) => (one.type === 'stall' ? one.delayNs : 0)));
}
