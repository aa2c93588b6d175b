// ping() through a bad network whose log tells the truth, see test/helpers/ping-truth.ts.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ping } from '../../src/index.ts';
import { Random } from '../../src/random.ts';
import { outlierStreams } from '../../src/client/verdict/outliers.ts';
import { deadline, until } from '../helpers/deadline.ts';
import { ENGINES } from '../helpers/engines.ts';
import { ImpairmentProxy, PlainEcho, type ProbePlan } from '../helpers/impairment-proxy.ts';
import { counts } from '../helpers/made-session.ts';
import {
  assertTruthOfPlans,
  DROP,
  logged,
  LOST,
  measure,
  PASS,
  PASSING,
  TIMEOUT_MS,
} from '../helpers/ping-truth.ts';

const SEED = 862;
/** Random plans; test/system has many more. */
const PLANS = { portable: 10, linux: 6 };

for (const { engine, skip } of ENGINES) {
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
      engine,
      host: '127.0.0.1',
      port: echo.port,
      count: 1,
      intervalMs: 1,
      timeoutMs: 300_000,
    }).on('start', () => {
      // More than the slot may be late.
      const startedAt = performance.now();
      while (performance.now() - startedAt < 10);
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
        engine,
        host: '127.0.0.1',
        port,
        count: 50,
        intervalMs: 1,
        timeoutMs: 20,
      });
      const { sent, received, lost, lossRatio } = result.datagrams;
      await until(() => proxy.sent.length === sent, `${sent} probes to reach the proxy`);
      assert.deepEqual([received, lost, lossRatio], [0, sent, 1]);
      assert.equal(result.lossRuns.longest, sent);
      assert.equal(result.rttNs.p50, null);
    });
  }
}

for (const { engine, skip } of ENGINES) {
  // All at once, as each waits for what was lost.
  describe(`a measurement through a bad network (${engine})`, { concurrency: true }, () => {
    test(`has counts that equal the log over random plans (${engine})`, { skip }, async () => {
      await assertTruthOfPlans(engine, PLANS[engine]);
    });

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
          engine,
          host: '127.0.0.1',
          port: proxy.port,
          intervalMs: 2,
          flows: 4,
          timeoutMs: TIMEOUT_MS,
          signal: enough.signal,
        }).on('start', ({ sourcePorts }) => ports.push(...sourcePorts));
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
        const kept = new Map(proxy.deliveries.map(({ number, keptMs }) => [number, keptMs * 1e6]));
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
        // What is not the proxy's delay is this host's own. One that stalls makes it large, but not for all of
        // 200 larger than the least delay.
        assert.ok(restNs[0]! < keptNs[0]!, `${restNs[0]} ns more than the proxy's delay at least`);
      },
    );
  });
}

test('more than 32 datagrams that lie in the socket at the end are all counted (portable)', async () => {
  await using echo = await PlainEcho.open();
  const copies = 500;
  const many: ProbePlan = { forward: PASS, backward: { kind: 'duplicate', copies } };
  await using proxy = await ImpairmentProxy.open(echo.port, () => many);
  // All of them are in the socket before the client reads the first, which is the reply it waits for: the
  // proxy runs in the same thread.
  const result = await ping({
    engine: 'portable',
    host: '127.0.0.1',
    port: proxy.port,
    count: 1,
    timeoutMs: 60_000,
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
