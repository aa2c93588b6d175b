// What a watch tells Prometheus: names, labels and values, in the form that Prometheus itself reads.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { TARGET_METRICS } from '../../src/metrics/target-metrics.ts';
import { WatchExposition } from '../../src/metrics/watch-exposition.ts';
import { WATCH_METRICS } from '../../src/metrics/watch-metrics.ts';
import { madeColumn, madeTarget } from '../helpers/made-watch.ts';
import { MadeWatchView } from '../helpers/made-watch-view.ts';
import { needsProgram } from '../helpers/skips.ts';

const NODE = { name: 'node-1', zone: 'a' };

const NOTHING_CUT = { too_many: 0, too_slow: 0 };

/** The lines of one scrape. */
async function scrape(watch: MadeWatchView): Promise<readonly string[]> {
  const text = await new WatchExposition(watch, NODE, NOTHING_CUT).read();
  return Buffer.from(text).toString().trimEnd().split('\n');
}

function samples(lines: readonly string[], name: string): readonly string[] {
  return lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

test('each probe is in the counts once: sent is received, late and lost', async () => {
  const watch = new MadeWatchView([madeTarget('fra')]);
  const counts = { received: 90, late: 3, lost: 7, lostForward: 4, lostBackward: 1 };
  watch.count('fra default', counts);
  const lines = await scrape(watch);
  const of = (name: string): readonly string[] => samples(lines, `echogram_watch_${name}`);
  const target = 'target="fra",probe="default",family=""';
  assert.deepEqual(of('probes_sent_total'), [`echogram_watch_probes_sent_total{${target}} 100`]);
  assert.deepEqual(of('probes_received_total'), [
    `echogram_watch_probes_received_total{${target}} 90`,
  ]);
  assert.deepEqual(of('probes_late_total'), [`echogram_watch_probes_late_total{${target}} 3`]);
  assert.deepEqual(of('probes_lost_total'), [
    `echogram_watch_probes_lost_total{${target},direction="forward"} 4`,
    `echogram_watch_probes_lost_total{${target},direction="backward"} 1`,
    `echogram_watch_probes_lost_total{${target},direction="unknown"} 2`,
  ]);
});

test('round-trip times are in buckets that double from 25 µs to 13.1 s', async () => {
  const watch = new MadeWatchView([madeTarget('fra')]);
  // Two up to 25 µs, three up to 100 µs, one above all; 20.00035 s together.
  watch.count('fra default', { received: 6 }, { 0: 2, 2: 3, 20: 1 }, 20_000_350_000);
  const lines = await scrape(watch);
  const buckets = samples(lines, 'echogram_watch_rtt_seconds_bucket').map((line) =>
    line.replace(/^.*le="([^"]*)"} /, '$1: '),
  );
  assert.deepEqual(buckets.slice(0, 4), ['0.000025: 2', '0.00005: 2', '0.0001: 5', '0.0002: 5']);
  assert.deepEqual(buckets.slice(-3), ['6.5536: 5', '13.1072: 5', '+Inf: 6']);
  assert.equal(buckets.length, 21);
  assert.match(samples(lines, 'echogram_watch_rtt_seconds_sum')[0]!, / 20\.00035$/);
  assert.match(samples(lines, 'echogram_watch_rtt_seconds_count')[0]!, / 6$/);
});

test('every series has the labels that any target has, and no label says two things', async () => {
  const fra = {
    ...madeTarget('fra'),
    labels: { site: 'fra "1"\n\\', le: '7', 'not-a-label': 'x' },
  };
  const nyc = { ...madeTarget('nyc'), key: 'nyc default ipv6', ipVersion: 6 as const };
  const lines = await scrape(new MadeWatchView([fra, nyc]));
  assert.deepEqual(samples(lines, 'echogram_watch_up'), [
    String.raw`echogram_watch_up{target="fra",probe="default",family="",site="fra \"1\"\n\\"} 0`,
    'echogram_watch_up{target="nyc",probe="default",family="ipv6",site=""} 0',
  ]);
});

test('the address of a target is a label of its info series alone', async () => {
  const lines = await scrape(new MadeWatchView([madeTarget('fra')]));
  assert.deepEqual(
    lines.filter((line) => line.includes('192.0.2.7')),
    [
      'echogram_watch_target_info{target="fra",probe="default",family="ipv4",address="192.0.2.7:7",protocol="echo"} 1',
    ],
  );
});

test('a target is up if a reply came in its last minute', async () => {
  const watch = new MadeWatchView([madeTarget('fra'), madeTarget('nyc')]);
  const startMs = Math.floor(Date.now() / 10_000) * 10_000 - 20_000;
  watch.board.add([
    madeColumn('fra default', startMs, { received: 1, lost: 9 }),
    madeColumn('nyc default', startMs, { lost: 10 }),
  ]);
  const up = [...samples(await scrape(watch), 'echogram_watch_up')].sort();
  assert.match(up[0]!, /target="fra".* 1$/);
  assert.match(up[1]!, /target="nyc".* 0$/);
});

test('the series of a target are gone with the target', async () => {
  const watch = new MadeWatchView([madeTarget('fra'), madeTarget('nyc')]);
  const exposition = (): Promise<readonly string[]> => scrape(watch);
  assert.ok((await exposition()).some((line) => line.includes('target="nyc"')));
  watch.watch([madeTarget('fra')]);
  assert.ok(!(await exposition()).some((line) => line.includes('target="nyc"')));
  watch.watch([]);
  assert.ok(!(await exposition()).some((line) => line.includes('target="')));
});

test('a loss that is counted while it is read never lets a counter fall', async () => {
  const watch = new MadeWatchView([madeTarget('fra')]);
  watch.count('fra default', { lost: 5, lostForward: 3 });
  // The first reading sees the loss and not yet its direction, as between the prober's two stores.
  const torn = watch.countersOf('fra default');
  watch.counters.set('fra default', { ...torn, counts: { ...torn.counts, lost: 6 } });
  const fleet = watch.fleet;
  Object.defineProperty(watch, 'fleet', {
    value: {
      ...fleet,
      countersOf: () => ({ ...torn, counts: { ...torn.counts, lost: 6, lostForward: 4 } }),
    },
  });
  const lost = samples(await scrape(watch), 'echogram_watch_probes_lost_total');
  assert.deepEqual(
    lost.map((line) => line.replace(/^.* /, '')),
    ['4', '0', '2'],
  );
});

test('whatever happens once in a while is 0 before it happens', async () => {
  const watch = new MadeWatchView([madeTarget('fra')]);
  watch.alerts = {
    rules: ['loss'],
    states: [],
    notifiers: [{ kind: 'webhook', url: 'http://a/', sent: 0, failures: 0, lastError: null }],
  };
  watch.sources = [{ kind: 'dns', source: 'a.example', targets: 0, failures: 0, error: null }];
  const lines = await scrape(watch);
  for (const line of [
    'echogram_watch_host_dropped_total{family="ipv4"} 0',
    'echogram_watch_clock_steps_total 0',
    'echogram_watch_config_last_reload_successful 1',
    'echogram_watch_config_last_reload_success_timestamp_seconds 1800000000',
    'echogram_watch_discovery_failures_total{kind="dns",source="a.example"} 0',
    'echogram_watch_history_bytes{kind="memory"} 4096',
    'echogram_watch_history_write_failures_total 0',
    'echogram_watch_alerts{rule="loss",state="pending"} 0',
    'echogram_watch_alerts{rule="loss",state="firing"} 0',
    'echogram_watch_notification_failures_total{kind="webhook",url="http://a/"} 0',
    'echogram_watch_http_connections_cut_total{reason="too_slow"} 0',
    'echogram_watch_send_error_seconds{quantile="0.99"} 0.0002',
    'echogram_watch_node_info{node="node-1",zone="a"} 1',
  ]) {
    assert.ok(lines.includes(line), line);
  }
  // What the system does not tell is not 0.
  assert.ok(
    !lines.some((line) => line.startsWith('echogram_watch_host_dropped_total{family="ipv6"}')),
  );
});

test('each metric of the tables is told, and no other', async () => {
  const watch = new MadeWatchView([madeTarget('fra')]);
  const lines = await scrape(watch);
  const told = lines.filter((line) => line.startsWith('# TYPE ')).map((line) => line.split(' ')[2]);
  const names = [...WATCH_METRICS, ...TARGET_METRICS].map(({ name }) => name);
  assert.deepEqual(told, names);
  assert.equal(new Set(names).size, names.length);
});

test('all who ask within a tenth of a second get one rendering', async () => {
  const watch = new MadeWatchView([madeTarget('fra')]);
  const exposition = new WatchExposition(watch, NODE, NOTHING_CUT);
  const [one, other] = await Promise.all([exposition.read(), exposition.read()]);
  assert.equal(one, other);
});

test('a thousand targets are written in slices between which other work gets its turn', async () => {
  const targets = Array.from({ length: 1000 }, (_, at) => madeTarget(`t${at}`));
  const exposition = new WatchExposition(new MadeWatchView(targets), NODE, NOTHING_CUT);
  let turns = 0;
  let isOver = false;
  const others = (): void => {
    turns++;
    if (!isOver) setImmediate(others);
  };
  setImmediate(others);
  const text = await exposition.read();
  isOver = true;
  const lines = Buffer.from(text).toString().split('\n');
  assert.ok(lines.length > 40_000, `${lines.length} lines`);
  assert.ok(turns > 5, `${turns} turns of others`);
});

test('promtool finds nothing to complain of', { skip: needsProgram('promtool') }, async () => {
  const watch = new MadeWatchView([{ ...madeTarget('fra'), labels: { site: 'fra' } }]);
  watch.count('fra default', { received: 1 }, { 3: 1 }, 150_000);
  const input = `${(await scrape(watch)).join('\n')}\n`;
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input });
  assert.deepEqual([status, `${stdout.toString()}${stderr.toString()}`], [0, '']);
});
