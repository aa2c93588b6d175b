// ping() through a bad network whose log tells the truth: the counts of the result equal the log
// exactly. Judged by counts alone: a reply is late where the client had given its probe up before the
// proxy let it go, whatever the clock said. A host that stalls makes these tests slow, not wrong, as
// long as no stall is as long as the timeout.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ping } from '../../src/index.ts';
import type { ProbeRecord } from '../../src/client/session/probe-record.ts';
import type { DatagramCounts, SessionResult } from '../../src/client/session/session-result.ts';
import { deadline } from './deadline.ts';
import { ImpairmentProxy, PlainEcho, type ProbePlan, type Treatment } from './impairment-proxy.ts';
import { counts } from './made-session.ts';

export const TIMEOUT_MS = 3000;
/** Measured at a time: each one on the Linux engine has a thread. */
const AT_A_TIME = { portable: 300, linux: 40 };
/** Probes after those of the plan, all lost. */
const SPARE_PROBES = 8;
const SEED = 862;

export const PASS: Treatment = { kind: 'pass' };
export const DROP: Treatment = { kind: 'drop' };
export const PASSING: ProbePlan = { forward: PASS, backward: PASS };
export const LOST: ProbePlan = { forward: DROP, backward: PASS };

type Engine = 'linux' | 'portable';

interface Measured {
  readonly result: SessionResult;
  readonly proxy: ImpairmentProxy;
  readonly records: readonly ProbeRecord[];
}

/**
 * Measures through a proxy that treats probe k as `plans[k]` says; the last ones are lost, so that the
 * client waits for everything else. Not ended by the slots, of which a host that stalls skips some, but when
 * the client has told of all others: a late reply, which is let go then, must find it there.
 */
export async function measure(
  engine: Engine,
  plans: readonly ProbePlan[],
  intervalMs: number,
): Promise<Measured> {
  await using echo = await PlainEcho.open();
  const enough = new AbortController();
  let untold = plans.length;
  let latest = -1;
  const endWhenKnown = (): void => {
    if (untold === 0 && latest >= plans.length + SPARE_PROBES - 1) enough.abort();
  };
  await using proxy = await ImpairmentProxy.open(echo.port, (sequence) => {
    latest = sequence;
    endWhenKnown();
    return plans[sequence] ?? LOST;
  });
  const records: ProbeRecord[] = [];
  const result = await ping({
    engine,
    host: '127.0.0.1',
    port: proxy.port,
    intervalMs,
    timeoutMs: TIMEOUT_MS,
    signal: enough.signal,
  }).on('record', (record) => {
    records.push(record);
    if (record.type === 'timeout') proxy.giveUp(record.sequence);
    if (record.type !== 'timeout' && record.type !== 'reply') return;
    if (record.sequence < plans.length) untold--;
    endWhenKnown();
  });
  return { result, proxy, records };
}

/** What the log says of the counts. */
export function logged({ sent, deliveries }: ImpairmentProxy): DatagramCounts {
  const intact = deliveries.filter(({ is }) => is === 'intact');
  const first = new Map(intact.toReversed().map((delivery) => [delivery.number, delivery]));
  const inTime = intact.filter((one) => first.get(one.number) === one && !one.isLate);
  const arrivals = inTime.map(({ number }) => number);
  const isReordered = (sequence: number, index: number): boolean =>
    arrivals.slice(0, index).some((earlier) => earlier > sequence);
  const received = arrivals.length;
  return counts({
    sent: sent.length,
    received,
    lost: sent.length - first.size,
    late: first.size - received,
    duplicate: intact.length - first.size,
    reordered: arrivals.filter(isReordered).length,
    corrupted: deliveries.filter(({ is }) => is === 'altered').length,
    stray: deliveries.filter(({ is }) => is === 'stray').length,
    lossRatio: (sent.length - received) / sent.length,
  });
}

/** The lengths of the runs of probes without a reply in time, as the log has them. */
function loggedRuns({ sent, deliveries }: ImpairmentProxy): readonly number[] {
  const inTime = new Set(
    deliveries.filter(({ is, isLate }) => is === 'intact' && !isLate).map(({ number }) => number),
  );
  const outcomes = sent.map(({ number }) => (inTime.has(number) ? ' ' : 'x')).join('');
  return outcomes
    .split(/ +/)
    .map((run) => run.length)
    .filter((length) => length > 0);
}

function assertTruth({ result, proxy }: Measured): void {
  const { datagrams, lossRuns } = result;
  assert.deepEqual(datagrams, logged(proxy));
  assert.equal(datagrams.sent, datagrams.received + datagrams.lost + datagrams.late);
  const runs = loggedRuns(proxy);
  assert.deepEqual([lossRuns.count, lossRuns.longest], [runs.length, Math.max(0, ...runs)]);
}

const bit = fc.integer({ min: 0, max: 511 });
const keptBytes = fc.integer({ min: 0, max: 63 });
const eitherWay: readonly fc.Arbitrary<Treatment>[] = [
  fc.constant(DROP),
  fc.integer({ min: 2, max: 4 }).map((copies) => ({ kind: 'duplicate', copies })),
  bit.map((at) => ({ kind: 'corrupt', bit: at })),
  keptBytes.map((bytes) => ({ kind: 'truncate', keptBytes: bytes })),
];
const backward: fc.Arbitrary<Treatment> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(PASS) },
  ...eitherWay,
  {
    weight: 2,
    arbitrary: fc.integer({ min: 1, max: 5 }).map((by): Treatment => ({ kind: 'overtaken', by })),
  },
  fc.constant<Treatment>({ kind: 'late' }),
  fc.integer({ min: 1, max: 200 }).map((delayMs): Treatment => ({ kind: 'delay', delayMs })),
  fc.constantFrom('foreign', 'future').map((probe): Treatment => ({ kind: 'stray', probe })),
);
const forward = fc.oneof({ weight: 8, arbitrary: fc.constant(PASS) }, ...eitherWay);
const single = fc.record({ forward, backward }).map((plan) => [plan]);
/** Several in a row fare the same. */
const burst = fc
  .tuple(
    fc.constantFrom(LOST, PASSING, { forward: PASS, backward: DROP }),
    fc.integer({ min: 2, max: 8 }),
  )
  .map(([plan, length]) => Array.from({ length }, () => plan));
const anyPlans = fc
  .array(fc.oneof({ weight: 3, arbitrary: single }, burst), {
    minLength: 1,
    maxLength: 20,
    size: 'large',
  })
  .map((parts) => parts.flat());

/** Holds the counts of so many measurements, each over a random plan, to the log. */
export async function assertTruthOfPlans(engine: Engine, numRuns: number): Promise<void> {
  const plans = fc.sample(anyPlans, { seed: SEED, numRuns });
  const measured: Measured[] = [];
  for (let first = 0; first < plans.length; first += AT_A_TIME[engine]) {
    const some = plans.slice(first, first + AT_A_TIME[engine]);
    measured.push(
      ...(await deadline(
        Promise.all(some.map((plan) => measure(engine, plan, 50))),
        () => `${some.length} measurements from ${first} on`,
      )),
    );
  }
  for (const [index, one] of measured.entries()) {
    try {
      assertTruth(one);
    } catch (error) {
      throw new Error(`plan ${index}: ${JSON.stringify(plans[index])}`, { cause: error });
    }
  }
  // The plans have something of everything, so that equal counts say something.
  for (const count of ['lost', 'late', 'duplicate', 'reordered', 'corrupted', 'stray'] as const) {
    const total = measured.reduce((sum, { result }) => sum + result.datagrams[count], 0);
    assert.ok(total > plans.length / 12, `only ${total} ${count}`);
  }
}
