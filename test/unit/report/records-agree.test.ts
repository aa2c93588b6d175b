// Whoever has nothing but the records of a measurement counts what the session counted: the tally of a live page or a
// cut recording, and the picture of the terminal, over runs drawn from seeds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SessionSummary } from '../../../src/client/session/session.ts';
import type { SessionConfig, SessionStart } from '../../../src/client/session/session-result.ts';
import { LivePicture } from '../../../src/report/live-picture.ts';
import { RecordTally } from '../../../src/report/record-tally.ts';
import type { EchogramSummary } from '../../../src/stats/echogram.ts';
import { madeResult } from '../../helpers/made-result.ts';
import { holds } from '../../helpers/property.ts';
import {
  SimulatedEcho,
  SimulatedStamp,
  SimulatedUdpEchoPlus,
} from '../../helpers/simulated-reflectors.ts';
import { simulate, type SimulatedRun } from '../../helpers/simulated-run.ts';
import { RUN_START } from '../../helpers/simulated-channel.ts';

const MS = 1e6;
const TIMES = { intervalNs: 2 * MS, timeoutNs: 25 * MS };
const STALLS = [{ fromNs: 60 * MS, untilNs: 64.5 * MS }];

/** Any protocol, any way to end, quiet and bad; at most 120 columns of the picture, which never outgrows them. */
const anyRun: fc.Arbitrary<SimulatedRun> = fc
  .record({
    seed: fc.integer({ min: 1, max: 1e9 }),
    badness: fc.constantFrom(0.2, 1, 2),
    streams: fc.constantFrom(1, 3),
    hasStamps: fc.boolean(),
    stalls: fc.constantFrom([], STALLS),
    protocol: fc.constantFrom('echo', 'stamp', 'udp-echo-plus'),
    stopAtNs: fc.constantFrom(Infinity, 90 * MS),
    endAtNs: fc.constantFrom(Infinity, 110 * MS),
  })
  .map(({ streams, protocol, ...run }) => ({
    ...run,
    plan: { ...TIMES, count: 120, streams, protocol, payloadBytes: 72 },
    reflector: reflectorOf(protocol),
  }));

function reflectorOf(protocol: 'echo' | 'stamp' | 'udp-echo-plus'): SimulatedRun['reflector'] {
  if (protocol === 'echo') return new SimulatedEcho();
  if (protocol === 'udp-echo-plus') return new SimulatedUdpEchoPlus();
  return new SimulatedStamp({ isStateful: true, key: undefined, start: RUN_START, offsetNs: 0 });
}

function startOf(config: Partial<SessionConfig>): SessionStart {
  const made = madeResult();
  const { schema, tool, supplied, target, startedAt } = made;
  return { schema, tool, config: { ...made.config, ...config }, supplied, target, startedAt };
}

test('records alone tell every count, time, source port and column that the session has', () => {
  holds(
    fc.property(anyRun, (run) => {
      const { summary, records } = simulate(run);
      const ports = summary.streams.map(({ sourcePort }) => sourcePort);
      const tally = new RecordTally(startOf(TIMES), ports);
      for (const record of records) tally.add(record);
      const { datagrams, streams, rttNs, icmpErrors } = tally.measurement();
      assert.deepEqual(datagrams, summary.datagrams);
      assert.deepEqual(streams, summary.streams);
      assert.deepEqual(rttNs, summary.rttNs);
      assert.deepEqual(icmpErrors, summary.icmpErrors);
      assert.deepEqual(told(tally.echogram()), told(summary.echogram!));
    }),
    150,
  );
});

test('the picture of the terminal counts what the session counted, and puts it where it belongs', () => {
  holds(
    fc.property(anyRun, (run) => {
      const { summary, records } = simulate(run);
      const picture = new LivePicture(TIMES, 1 * MS);
      for (const record of records) picture.add(record);
      assert.deepEqual(picture.counts, countsOf(summary));
      assert.deepEqual(picture.rtt(), summary.rttNs);
      const { columnNs, lost, late, sendFailed, hostDropped, rttRows } = summary.echogram!;
      assert.equal(picture.columnNs, columnNs);
      const columns = lost.map((_, index) => picture.column(index));
      assert.deepEqual(
        columns.map((column) => column?.lost ?? 0),
        lost,
      );
      assert.deepEqual(
        columns.map((column) => column?.late ?? 0),
        late,
      );
      assert.deepEqual(
        columns.map((column) => rowsOf(column?.rtt)),
        rttRows,
      );
      // What was dropped after the last probe is in a column of its own here.
      const all = Array.from({ length: 512 }, (_, index) => picture.column(index));
      assert.equal(sum(all.map((column) => column?.here ?? 0)), sum(sendFailed) + sum(hostDropped));
      assert.equal(sum(all.map((column) => column?.skipped ?? 0)), summary.schedule.skipped);
    }),
    150,
  );
});

test('where records were left out no probe counts twice, and none less than not at all', () => {
  holds(
    fc.property(anyRun, fc.nat(300), fc.nat(60), (run, from, records) => {
      const told = simulate(run);
      const picture = new LivePicture(TIMES, 1 * MS);
      for (const [index, record] of told.records.entries()) {
        if (index === from) picture.add({ type: 'omitted', atNs: record.atNs, records });
        if (index < from || index >= from + records) picture.add(record);
      }
      const { received, lost, late } = picture.counts;
      const { datagrams } = told.summary;
      assert.ok(received <= datagrams.received && late <= datagrams.late && lost >= 0);
      assert.ok(lost + late <= datagrams.lost + datagrams.late);
      for (let index = 0; index < 512; index++) assert.ok((picture.column(index)?.lost ?? 0) >= 0);
    }),
    100,
  );
});

/** Without what no record tells: how late a probe was that was not sent or not waited for, and its column. */
function told(picture: EchogramSummary): Partial<EchogramSummary> {
  const last = picture.sent.findLastIndex((count) => count > 0);
  const lists = Object.entries(picture).map(([name, value]) => {
    const list: readonly unknown[] = Array.isArray(value) ? value : [];
    return [name, Array.isArray(value) ? list.slice(0, last) : value] as const;
  });
  const { largestSendErrorNs: _, ...rest } = Object.fromEntries(lists);
  return rest;
}

function countsOf({ datagrams, reflector, schedule, echogram }: SessionSummary): object {
  const { sent: _sent, lossRatio: _lossRatio, ...counted } = datagrams;
  return {
    ...counted,
    unaltered: reflector?.unaltered ?? 0,
    skipped: schedule.skipped,
    hostDropped: sum(echogram!.hostDropped),
    omitted: 0,
  };
}

function rowsOf(rtt: Uint32Array | undefined): number[] {
  return Array.from(rtt ?? []).flatMap((count, row) => (count > 0 ? [row, count] : []));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
