// ping() through a bad network whose log tells the truth: the counts of the result equal the log
// exactly. Judged by counts alone: a reply is late where the client had given its probe up before the
// proxy let it go, whatever the clock said. A host that stalls makes these tests slow, not wrong, as
// long as no stall is as long as the timeout.

import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { ping } from '../../src/index.ts';
import type { ProbeRecord } from '../../src/client/probe-record.ts';
import type { DatagramCounts, SessionResult } from '../../src/client/session-result.ts';
import { Random } from '../../src/random.ts';
import { outlierStreams } from '../../src/report/verdict.ts';
import { deadline, until } from '../helpers/deadline.ts';
import { ENGINES } from '../helpers/engines.ts';
import {
  ImpairmentProxy,
  PlainEcho,
  type ProbePlan,
  type Treatment,
} from '../helpers/impairment-proxy.ts';
import { counts } from '../helpers/made-session.ts';

const TIMEOUT_MS = 3000;
/** Random plans; more by hand: ECHOGRAM_PLANS=5000 npm test. */
const PLANS = Number(process.env['ECHOGRAM_PLANS'] ?? 600);
/** Measured at a time: each one on the Linux engine has a thread. */
const AT_A_TIME = { portable: 300, linux: 40 };
/** Fewer where they take longer. */
const SHARE = { portable: 1, linux: 0.2 };
/** Probes after those of the plan, all lost. */
const SPARE_PROBES = 8;
const SEED = 862;

const PASS: Treatment = { kind: 'pass' };
const DROP: Treatment = { kind: 'drop' };
const PASSING: ProbePlan = { forward: PASS, backward: PASS };
const LOST: ProbePlan = { forward: DROP, backward: PASS };

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
async function measure(
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
    onRecord: (record) => {
      records.push(record);
      if (record.type === 'timeout') proxy.giveUp(record.sequence);
      if (record.type !== 'timeout' && record.type !== 'reply') return;
      if (record.sequence < plans.length) untold--;
      endWhenKnown();
    },
  });
  return { result, proxy, records };
}

/** What the log says of the counts. */
function logged({ sent, deliveries }: ImpairmentProxy): DatagramCounts {
  const intact = deliveries.filter(({ is }) => is === 'intact');
  const first = new Map(intact.toReversed().map((delivery) => [delivery.sequence, delivery]));
  const inTime = intact.filter((one) => first.get(one.sequence) === one && !one.isLate);
  const arrivals = inTime.map(({ sequence }) => sequence);
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
    deliveries
      .filter(({ is, isLate }) => is === 'intact' && !isLate)
      .map(({ sequence }) => sequence),
  );
  const outcomes = sent.map((sequence) => (inTime.has(sequence) ? ' ' : 'x')).join('');
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

for (const { engine, skip } of ENGINES) {
  test(
    `the counts equal the log of the network over random plans (${engine})`,
    { skip },
    async () => {
      const plans = fc.sample(anyPlans, { seed: SEED, numRuns: PLANS * SHARE[engine] });
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
      for (const count of [
        'lost',
        'late',
        'duplicate',
        'reordered',
        'corrupted',
        'stray',
      ] as const) {
        const total = measured.reduce((sum, { result }) => sum + result.datagrams[count], 0);
        assert.ok(total > plans.length / 12, `only ${total} ${count}`);
      }
    },
  );

  test(
    `where everything is answered the run ends with the last reply, and the counts are the log (${engine})`,
    { skip },
    async () => {
      await using echo = await PlainEcho.open();
      await using proxy = await ImpairmentProxy.open(echo.port, () => PASSING);
      const { port } = proxy;
      // Had it waited for its timeout, the test's own deadline would end it.
      const result = await deadline(
        ping({ engine, host: '127.0.0.1', port, count: 200, intervalMs: 1, timeoutMs: 300_000 }),
        () => 'the measurement to end',
      );
      assert.deepEqual(result.datagrams, logged(proxy));
      assert.equal(result.datagrams.sent, 200);
      assert.deepEqual([result.endedBy, result.datagrams.lost], [{ code: 'COUNT' }, 0]);
    },
  );

  test(`the first probe is sent however long the start took (${engine})`, { skip }, async () => {
    await using echo = await PlainEcho.open();
    const result = await ping({
      ...{
        engine,
        host: '127.0.0.1',
        port: echo.port,
        count: 1,
        intervalMs: 1,
        timeoutMs: 300_000,
      },
      onStart: () => {
        // More than the slot may be late.
        const startedAt = performance.now();
        while (performance.now() - startedAt < 10);
      },
    });
    assert.deepEqual(result.datagrams, counts({ sent: 1, received: 1 }));
  });

  for (const [what, plan] of [
    ['on the way there', LOST],
    ['on the way back', { forward: PASS, backward: DROP }],
  ] as const) {
    test(`a blackout ${what} is 100 % loss (${engine})`, { skip }, async () => {
      await using echo = await PlainEcho.open();
      await using proxy = await ImpairmentProxy.open(echo.port, () => plan);
      const { port } = proxy;
      const result = await ping({
        ...{ engine, host: '127.0.0.1', port, count: 50, intervalMs: 1, timeoutMs: 20 },
      });
      const { sent, received, lost, lossRatio } = result.datagrams;
      await until(() => proxy.sent.length === sent, `${sent} probes to reach the proxy`);
      assert.deepEqual([received, lost, lossRatio], [0, sent, 1]);
      assert.equal(result.lossRuns.longest, sent);
      assert.equal(result.rttNs.p50, null);
    });
  }

  test(
    `a port whose path loses a third is told from the others (${engine})`,
    { skip },
    async () => {
      await using echo = await PlainEcho.open();
      const ports: number[] = [];
      const enough = new AbortController();
      await using proxy = await ImpairmentProxy.open(echo.port, (sequence, port) => {
        if (sequence === 399) enough.abort();
        return port === ports[2] && sequence % 3 === 0 ? LOST : PASSING;
      });
      const result = await ping({
        ...{ engine, host: '127.0.0.1', port: proxy.port, intervalMs: 2, sourcePorts: 4 },
        ...{ timeoutMs: TIMEOUT_MS, signal: enough.signal },
        onStart: ({ sourcePorts }) => ports.push(...sourcePorts),
      });
      assert.deepEqual(result.datagrams.lost, logged(proxy).lost);
      for (const [index, { sourcePort, sent, received, lost }] of result.streams.entries()) {
        assert.equal(sourcePort, ports[index]);
        assert.deepEqual([sent, lost > 0], [received + lost, index === 2]);
      }
      assert.deepEqual(
        outlierStreams(result.streams).map(({ sourcePort }) => sourcePort),
        [ports[2]],
      );
    },
  );

  test(
    `an injected delay comes back: never less, and its distribution is what the proxy did (${engine})`,
    { skip },
    async () => {
      const random = new Random(SEED);
      // From 20 to 120 ms, each as likely.
      const plans = Array.from({ length: 200 }, (): ProbePlan => {
        return { forward: PASS, backward: { kind: 'delay', delayMs: 20 + 100 * random.next() } };
      });
      const { result, proxy, records } = await measure(engine, plans, 5);
      const kept = new Map(
        proxy.deliveries.map(({ sequence, keptMs }) => [sequence, keptMs * 1e6]),
      );
      const replies = records.filter((record) => record.type === 'reply');
      const keptNs = sorted(replies.map(({ sequence }) => kept.get(sequence)!));
      const restNs = sorted(replies.map(({ sequence, rttNs }) => rttNs - kept.get(sequence)!));
      // A microsecond is what rounding and two readings of the clock may differ by.
      assert.ok(restNs[0]! >= -1000, `a reply came ${restNs[0]} ns before the proxy let it go`);
      for (const [percent, measuredNs] of [
        [50, result.rttNs.p50],
        [90, result.rttNs.p90],
        [95, result.rttNs.p95],
        [99, result.rttNs.p99],
      ] as const) {
        const atLeastNs = nearestRank(keptNs, percent);
        // Of sums, the k-th smallest is no more than the k-th smallest of one part and all of the other.
        // A histogram adds 1/128.
        const atMostNs = (atLeastNs + restNs.at(-1)!) * (1 + 1 / 128);
        assert.ok(
          measuredNs! >= atLeastNs - 1000 && measuredNs! <= atMostNs,
          `p${percent} is ${measuredNs} ns, not from ${atLeastNs} to ${atMostNs}`,
        );
      }
      // What is not the proxy's delay is this process's own, far less than the delay: half of it at most.
      assert.ok(nearestRank(restNs, 50) < nearestRank(keptNs, 50) / 2);
    },
  );
}

test('more than 32 datagrams that lie in the socket at the end are all counted (portable)', async () => {
  await using echo = await PlainEcho.open();
  const copies = 500;
  const many: ProbePlan = { forward: PASS, backward: { kind: 'duplicate', copies } };
  await using proxy = await ImpairmentProxy.open(echo.port, () => many);
  // All of them are in the socket before the client reads the first, which is the reply it waits for: the
  // proxy runs in the same thread.
  const result = await ping({
    ...{ engine: 'portable', host: '127.0.0.1', port: proxy.port, count: 1, timeoutMs: 60_000 },
  });
  assert.deepEqual(result.datagrams, counts({ sent: 1, received: 1, duplicate: copies - 1 }));
});

function sorted(values: readonly number[]): readonly number[] {
  return values.toSorted((a, b) => a - b);
}

/** RFC 2330 section 11.3. */
function nearestRank(values: readonly number[], percent: number): number {
  return values[Math.max(1, Math.ceil((percent / 100) * values.length)) - 1]!;
}
