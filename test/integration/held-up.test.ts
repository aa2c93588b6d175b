// A program that is held up while it measures tells so, and when.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { ProbeRecord } from '../../src/client/probe-record.ts';
import type { SessionResult } from '../../src/client/session-result.ts';
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
      await client.untilStdout(/"type":"skipped"/);
      child.kill('SIGINT');
      const { stdout } = await client.ended();
      const lines = stdout.trimEnd().split('\n');
      const records = lines.map((line) => JSON.parse(line) as Line);
      const last = records.pop()!;
      assert.ok(last.type === 'result');
      const { echogram, schedule } = last.result;

      const holdUpsNs = records.map((one) => (one.type === 'held-up' ? one.delayNs : 0));
      const longestNs = Math.max(...holdUpsNs);
      // It had something to do within an interval.
      const leastMs = stoppedMs - INTERVAL_MS - LOOK_MS;
      assert.ok(longestNs >= leastMs * 1e6, `${longestNs} ns, of ${stoppedMs} ms`);
      assert.equal(Math.max(...echogram.largestHoldUpNs), longestNs);

      const skipped = records.map((one) => (one.type === 'skipped' ? one.slots : 0));
      assert.equal(
        skipped.reduce((sum, slots) => sum + slots, 0),
        schedule.skipped,
      );
    },
  );
}
