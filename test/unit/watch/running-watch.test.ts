import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createError } from '../../../src/errors.ts';
import { Watch } from '../../../src/watch/running-watch.ts';
import type { WatchEventKind } from '../../../src/watch/watch-event.ts';
import { madeColumn, madeMember, madeTarget } from '../../helpers/made-watch.ts';
import { MadeParts } from '../../helpers/made-watch-parts.ts';

const TARGET = madeTarget('fra');
const OTHER = madeTarget('ams');

/** The start of a stretch that has just begun, as the prober would name it. */
function stretchNow(): number {
  return Math.floor(Date.now() / 10_000) * 10_000;
}

test('what is found is probed, shown and remembered', async () => {
  const parts = new MadeParts([madeMember(TARGET)]);
  await using watch = await Watch.begin(parts);
  assert.equal(watch.phase, 'probing');
  assert.deepEqual(parts.fleet.members, [madeMember(TARGET)]);
  assert.deepEqual(watch.targets, [TARGET]);
  assert.deepEqual(parts.made.targets, [TARGET]);
  assert.equal(watch.board.statusOf(TARGET.key)!.state.code, 'STARTING');
  const told: unknown[] = [];
  watch.on('targets', (targets) => told.push(targets));
  // Another address is no other target.
  parts.targets!.handlers.onMembers([madeMember(TARGET, '192.0.2.9')]);
  assert.deepEqual(told, []);
  assert.equal(parts.fleet.members[0]!.address!.address, '192.0.2.9');
  parts.targets!.handlers.onMembers([madeMember(TARGET), madeMember(OTHER)]);
  assert.deepEqual(told, [[TARGET, OTHER]]);
});

test('final columns go to board, history and listeners, and a change of state is told once', async () => {
  const parts = new MadeParts([madeMember(TARGET)]);
  await using watch = await Watch.begin(parts);
  const states: string[] = [];
  const columns: unknown[] = [];
  watch.on('state', ({ state }, before) => states.push(`${before} → ${state.code}`));
  watch.on('columns', (told) => columns.push(...told));
  const now = stretchNow();
  const made = [
    madeColumn(TARGET.key, now - 20_000, { received: 10 }),
    madeColumn(TARGET.key, now - 10_000, { received: 10 }),
  ];
  parts.reports.onColumns([made[0]!]);
  parts.reports.onColumns([made[1]!]);
  assert.deepEqual(states, ['STARTING → WORKS']);
  assert.deepEqual(columns, made);
  assert.deepEqual(parts.made.columns, made);
});

test('columns that are not final reach the board for whoever asks, and are asked for once at a time', async () => {
  const parts = new MadeParts([madeMember(TARGET)]);
  await using watch = await Watch.begin(parts);
  parts.fleet.open = [madeColumn(TARGET.key, stretchNow(), { received: 3, isFinal: false })];
  const [one, other] = await Promise.all([watch.fleet.openColumns(), watch.fleet.openColumns()]);
  assert.equal(one, other);
  assert.equal(parts.fleet.asked, 1);
  assert.equal(watch.board.statusOf(TARGET.key)!.window.sent, 3);
  assert.deepEqual(parts.made.columns, []);
  await watch.fleet.openColumns();
  assert.equal(parts.fleet.asked, 2);
});

test('a stop counts what was on its way, and ends every part', async () => {
  const parts = new MadeParts([madeMember(TARGET), madeMember(OTHER)]);
  const watch = await Watch.begin(parts);
  const now = stretchNow();
  parts.reports.onColumns([madeColumn(TARGET.key, now - 10_000, { received: 8, lost: 2 })]);
  parts.fleet.last = [madeColumn(TARGET.key, now, { received: 9, late: 1, rttNs: 1_000_000 })];
  const closed: unknown[] = [];
  watch.on('close', (summary) => closed.push(summary));
  const summary = await watch.stop();
  const [one, other] = summary.targets;
  assert.deepEqual(
    [one!.target.name, one!.sent, one!.counts.lost, one!.counts.late, one!.lossRatio],
    ['fra', 20, 2, 1, 0.15],
  );
  assert.deepEqual([other!.target.name, other!.sent, other!.lossRatio], ['ams', 0, null]);
  assert.deepEqual(closed, [summary]);
  assert.equal(await watch.stop(), summary);
  await watch.closed;
  assert.equal(watch.phase, 'stopping');
  assert.ok(parts.fleet.hasStopped && parts.fleet.hasEnded);
  assert.ok(parts.targets!.hasEnded && parts.made.hasEnded);
  assert.deepEqual(kindsOf(parts), ['started', 'stopped']);
});

test('that nothing comes after a stop is no outage', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
  const parts = new MadeParts([madeMember(TARGET)]);
  const watch = await Watch.begin(parts);
  const states: unknown[] = [];
  watch.on('state', ({ state }) => states.push(state.code));
  parts.fleet.lastReplyAtMs = 1_009_900;
  t.mock.timers.setTime(1_010_000);
  parts.reports.onColumns([madeColumn(TARGET.key, 1_000_000, { received: 100 })]);
  parts.fleet.last = [madeColumn(TARGET.key, 1_010_000, { lost: 5 })];
  const stopping = watch.stop();
  t.mock.timers.setTime(1_020_000);
  const [one] = (await stopping).targets;
  assert.deepEqual([states, one!.state.code], [['WORKS'], 'WORKS_WITH_LOSSES']);
});

test('a prober that fails ends the watch, which says why', async () => {
  const parts = new MadeParts([madeMember(TARGET)]);
  const watch = await Watch.begin(parts);
  parts.reports.onFailure(new Error('ppoll EBADF'));
  await assert.rejects(watch.closed, {
    code: 'ECHOGRAM_ERR_WATCH_FAILED',
    message: 'the watch stopped because it can no longer probe: ppoll EBADF (linux engine)',
  });
  // Nothing more would come of it.
  assert.equal(parts.fleet.hasStopped, false);
  assert.ok(parts.fleet.hasEnded && parts.made.hasEnded);
  const [, stopped] = parts.made.events;
  assert.match(stopped!.detail, /ppoll EBADF/);
});

test('a failure before anybody listens is not missed', async () => {
  const parts = new MadeParts([]);
  parts.reports.onFailure(new Error('it ended'));
  const watch = await Watch.begin(parts);
  await assert.rejects(watch.closed, { code: 'ECHOGRAM_ERR_WATCH_FAILED' });
});

test('a configuration that is refused changes nothing, and shows', async () => {
  const parts = new MadeParts([madeMember(TARGET)]);
  await using watch = await Watch.begin(parts);
  const { lastGoodAtMs } = watch.configStatus;
  const refusal = createError('ECHOGRAM_ERR_OPTION_VALUE', { option: 'targets', rule: 'a list' });
  parts.targets!.refusal = refusal;
  await assert.rejects(watch.reload({ targets: [] }), refusal);
  assert.deepEqual(watch.configStatus, {
    isGood: false,
    lastGoodAtMs,
    error: 'targets must be a list',
  });
  await assert.rejects(watch.reload(Promise.reject(new Error('no such file'))), /no such file/);
  assert.deepEqual(parts.targets!.reloaded, []);
  parts.targets!.refusal = undefined;
  await watch.reload({ targets: ['a'] });
  assert.deepEqual(parts.targets!.reloaded, [{ targets: ['a'] }]);
  assert.deepEqual([watch.configStatus.isGood, watch.configStatus.error], [true, null]);
  assert.deepEqual(kindsOf(parts), [
    ...['started', 'config_refused', 'config_refused', 'config_reloaded'],
  ]);
});

test('configurations are replaced one after the other', async () => {
  const parts = new MadeParts([]);
  await using watch = await Watch.begin(parts);
  let give: (config: { targets: string[] }) => void = () => undefined;
  const slow = watch.reload(
    new Promise<{ targets: string[] }>((resolve) => {
      give = resolve;
    }),
  );
  const quick = watch.reload({ targets: ['b'] });
  give({ targets: ['a'] });
  await Promise.all([slow, quick]);
  assert.deepEqual(parts.targets!.reloaded, [{ targets: ['a'] }, { targets: ['b'] }]);
});

test('where the history stays is no matter of a reload, and its user is warned', async () => {
  const parts = new MadeParts([]);
  await using watch = await Watch.begin(parts);
  await watch.reload({ targets: [], history: { path: '/elsewhere.db' } });
  const warnings: string[] = [];
  // The first listener also gets what came before it.
  watch.on('warning', (message) => warnings.push(message));
  await Promise.resolve();
  assert.deepEqual(warnings, ['history.path stays as it is until the watch is started again']);
});

test('trouble with the history is an event, and its end is another', async () => {
  const parts = new MadeParts([]);
  await using watch = await Watch.begin(parts);
  const details: string[] = [];
  watch.on('event', ({ detail }) => details.push(detail));
  parts.made.trouble('database or disk is full');
  parts.made.trouble(null);
  assert.deepEqual(details, [
    "the history can't be written: database or disk is full",
    'the history is written again',
  ]);
});

test('a host that slept knows nothing until the next column', async () => {
  const parts = new MadeParts([madeMember(TARGET)]);
  await using watch = await Watch.begin(parts);
  parts.reports.onColumns([madeColumn(TARGET.key, stretchNow() - 10_000, { received: 10 })]);
  assert.equal(watch.board.statusOf(TARGET.key)!.state.code, 'WORKS');
  parts.reports.onEvent({ atMs: Date.now(), key: null, kind: 'suspended', detail: 'for 9 s' });
  assert.equal(watch.board.statusOf(TARGET.key)!.state.code, 'STALE');
});

function kindsOf(parts: MadeParts): WatchEventKind[] {
  return parts.made.events.map(({ kind }) => kind);
}
