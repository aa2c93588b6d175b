import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALERTS_START_MS, AlertsBench, type Given } from '../../../helpers/alerts-bench.ts';
import { madeTarget } from '../../../helpers/made-watch.ts';

const GOOD = { received: 10 };
const BAD = { received: 9, lost: 1 };

/** An alert that is raised at 5 % and cleared below 1 %, both for 30 s of stretches of 20 s. */
const LOSS = {
  alerts: [
    {
      name: 'loss',
      raise: 'loss >= 5% over 20s for 30s',
      clear: 'loss < 1% over 20s for 20s',
      labels: { severity: 'page' },
    },
  ],
};

test('an alert is raised when its condition has held for its time, and cleared by its own rule', async () => {
  const bench = await AlertsBench.open(LOSS);
  // 1 of 10 lost: 10 % at once. Pending from the second column on, whose end is 20 s; 30 s later it fires.
  assert.deepEqual(bench.add(GOOD, BAD, BAD, BAD, BAD), [
    ...['quiet', 'pending', 'pending', 'pending', 'firing'],
  ]);
  const { sinceMs, words, labels, rule, key } = bench.state!;
  assert.deepEqual([rule, key, labels], ['loss', 'fra default', { severity: 'page' }]);
  assert.equal(sinceMs, ALERTS_START_MS + 50_000);
  assert.equal(words, 'loss 10 % (loss >= 5% over 20s for 30s)');
  // 5 % of 20 s, which does not clear; then nothing lost in 20 s, for 20 s.
  assert.deepEqual(bench.add(GOOD, GOOD, GOOD, GOOD), [...['firing', 'firing', 'firing', 'quiet']]);
  assert.deepEqual(bench.told, [
    'alert_raised loss: loss 10 % (loss >= 5% over 20s for 30s)',
    'alert_cleared loss: loss 0 % (loss >= 5% over 20s for 30s)',
  ]);
});

test('a condition that does not hold once begins anew', async () => {
  const bench = await AlertsBench.open({
    alerts: [{ name: 'a', raise: 'loss > 0% over 10s for 20s' }],
  });
  assert.deepEqual(bench.add(BAD, BAD, GOOD, BAD, BAD, BAD, GOOD), [
    ...['pending', 'pending', 'quiet', 'pending', 'pending', 'firing', 'quiet'],
  ]);
});

test('missing data neither raises nor clears', async () => {
  const bench = await AlertsBench.open({
    alerts: [{ name: 'a', raise: 'loss > 0% over 10s for 30s' }],
  });
  const unsent = { skipped: 10 };
  // Nothing is known of three columns, and the time without any, which is longer than the stretch, counts as one.
  assert.deepEqual(bench.add(BAD, BAD, unsent, unsent, unsent), [
    ...['pending', 'pending', 'pending', 'pending', 'pending'],
  ]);
  bench.nowMs += 3_600_000;
  assert.deepEqual(bench.add(BAD, BAD), ['pending', 'firing']);
  assert.deepEqual(bench.add(unsent, unsent), ['firing', 'firing']);
  bench.nowMs += 3_600_000;
  assert.deepEqual(bench.add(unsent, BAD, GOOD), ['firing', 'firing', 'quiet']);
});

test('a clock that was set back begins the stretch anew, and raises nothing by itself', async () => {
  const bench = await AlertsBench.open({
    alerts: [{ name: 'a', raise: 'loss >= 5% over 1m for 1m' }],
  });
  bench.add(BAD, BAD, BAD);
  bench.nowMs -= 3_600_000;
  assert.deepEqual(bench.add(GOOD, GOOD, GOOD), ['quiet', 'quiet', 'quiet']);
});

test('percentiles, counts and states are judged', async () => {
  const judged = async (raise: string, ...columns: readonly Given[]) => {
    const bench = await AlertsBench.open({ alerts: [{ name: 'a', raise }] });
    return bench.add(...columns).at(-1);
  };
  // 20 ms is in a row that ends at 20.19 ms.
  assert.equal(await judged('p50 > 20ms', { received: 1, rttNs: 20e6 }), 'firing');
  assert.equal(await judged('p50 > 21ms', { received: 1, rttNs: 20e6 }), 'quiet');
  assert.equal(
    await judged('p99 > 50ms', { received: 99 }, { received: 2, rttNs: 60e6 }),
    'firing',
  );
  assert.equal(await judged('p99 > 50ms', { lost: 5 }), 'quiet');
  assert.equal(await judged('received = 0', { lost: 5 }), 'firing');
  assert.equal(await judged('received = 0', { skipped: 5 }), 'quiet');
  assert.equal(await judged('unanswered >= 3 over 20s', { lost: 2 }, { late: 1 }), 'firing');
  assert.equal(
    await judged('loss_backward >= 50%', { lost: 1, lostBackward: 1, received: 1 }),
    'firing',
  );
  assert.equal(await judged('loss_forward > 0%', { lost: 1, lostBackward: 1 }), 'quiet');
  assert.equal(await judged('skipped >= 5', { skipped: 5 }), 'firing');

  const bench = await AlertsBench.open({ alerts: [{ name: 'down', raise: 'state = DOWN_NOW' }] });
  bench.code = 'DOWN_NOW';
  assert.deepEqual(bench.add({ lost: 10 }), ['firing']);
  bench.code = 'WORKS';
  assert.deepEqual(bench.add(GOOD), ['quiet']);
});

test('loss beside drops of this host is said to have an unknown cause', async () => {
  const bench = await AlertsBench.open({ alerts: [{ name: 'a', raise: 'loss >= 5%' }] });
  bench.add({ ...BAD, hostDropped: 7 });
  assert.equal(
    bench.state!.words,
    'loss 10 % (loss >= 5%); the cause is unknown, as this host dropped 7 datagrams meanwhile',
  );
});

test('rules are for the targets that they match', async () => {
  const match = (labels: Record<string, string>) => [
    { name: 'a', raise: 'loss >= 5%', match: labels },
  ];
  for (const [labels, isMatched] of [
    [{ site: 'main' }, true],
    [{ site: 'main', target: 'fra', probe: 'default' }, true],
    [{ site: 'other' }, false],
    [{ region: 'main' }, false],
  ] as const) {
    const bench = await AlertsBench.open({ alerts: match(labels) });
    assert.deepEqual(bench.add(BAD), [isMatched ? 'firing' : 'quiet'], JSON.stringify(labels));
  }
});

test('the alerts of a target that leaves, or of a rule that goes, end', async () => {
  const config = { targets: [], alerts: [{ name: 'a', raise: 'loss >= 5%' }] };
  const bench = await AlertsBench.open(config);
  bench.add(BAD);
  await bench.alerts.reload({ targets: [] });
  await bench.alerts.reload(config);
  bench.add(BAD);
  bench.alerts.setTargets([madeTarget('ber')]);
  assert.deepEqual(bench.alerts.states, []);
  assert.deepEqual(bench.told, [
    'alert_raised a: loss 10 % (loss >= 5%)',
    'alert_cleared a: the rule was removed',
    'alert_raised a: loss 10 % (loss >= 5%)',
    'alert_cleared a: the target was removed',
  ]);
});

test('what was firing is firing after a restart, and what was cleared is not', async () => {
  const config = {
    alerts: [
      { name: 'a', raise: 'loss >= 5%' },
      { name: 'a: b', raise: 'loss >= 5%', clear: 'loss < 1% for 1h' },
    ],
  };
  const first = await AlertsBench.open(config);
  first.add(BAD);
  first.add(...Array.from({ length: 7 }, () => GOOD));
  assert.deepEqual(first.told.slice(2), ['alert_cleared a: loss 3.33 % (loss >= 5%)']);
  const second = await AlertsBench.open(config, first.history);
  assert.deepEqual(
    second.alerts.states.map(({ rule, state, sinceMs }) => [rule, state, sinceMs]),
    [['a: b', 'firing', ALERTS_START_MS + 10_000]],
  );
  assert.deepEqual(second.told, []);
});

test('what was firing of a target that does not come back ends after ten minutes', async () => {
  const config = { alerts: [{ name: 'a', raise: 'loss >= 5%' }] };
  const first = await AlertsBench.open(config);
  first.add(BAD);
  const second = await AlertsBench.open(config, first.history, false);
  second.add(GOOD);
  assert.deepEqual(second.told, []);
  second.nowMs += 600_000;
  second.add(GOOD);
  assert.deepEqual(second.told, ['alert_cleared a: the target was removed']);
  const third = await AlertsBench.open(config, first.history);
  assert.deepEqual(third.alerts.states, []);
});
