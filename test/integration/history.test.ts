import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createInterface } from 'node:readline';
import { OptionError } from '../../src/errors.ts';
import { openHistory } from '../../src/watch/history/open-history.ts';
import { loadSqlite, type Sqlite } from '../../src/watch/history/sqlite.ts';
import { exportHistory } from '../../src/watch/history/export-history.ts';
import { AlertsBench } from '../helpers/alerts-bench.ts';
import { deadline, until } from '../helpers/deadline.ts';
import { Program } from '../helpers/programs.ts';
import { repositoryPath } from '../helpers/repository.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { spreadColumn } from '../helpers/spread-column.ts';
import { madeTarget } from '../helpers/made-watch.ts';

const START_MS = Date.UTC(2026, 0, 1);

for (const kind of ['sqlite', 'memory'] as const) {
  const pathOf = (folder: string): string | undefined =>
    kind === 'sqlite' ? join(folder, 'watch.db') : undefined;

  test(`${kind}: columns, events and targets are told as they came`, async (t) => {
    const path = pathOf(temporaryFolder(t));
    await using history = await openHistory({ path, now: () => START_MS + 600_000 });
    assert.equal(history.status.kind, kind);
    assert.equal(history.status.reason, null);
    history.setTargets([{ ...madeTarget('fra'), key: 'a', labels: { site: 'Frankfurt' } }]);
    const columns = [0, 1, 2].map((place) =>
      spreadColumn({
        key: 'a',
        startMs: START_MS + place * 10_000,
        rows: { 300: 2, 310: 1 },
        counts: { lost: place, unauthenticated: 7, abandoned: 1 },
        hostDropped: place === 1 ? null : 5,
      }),
    );
    history.write(columns);
    history.write([{ ...columns[0]!, isFinal: false }]);
    const query = { keys: ['a'], fromMs: START_MS, toMs: START_MS + 60_000, mostColumns: 100 };
    assert.deepEqual(await history.columns(query), { widthMs: 10_000, columns });

    const events = [
      { atMs: START_MS + 1, key: null, kind: 'started', detail: 'here' },
      { atMs: START_MS + 2, key: 'a', kind: 'target_added', detail: 'fra' },
      { atMs: START_MS + 3, key: 'b', kind: 'target_left', detail: 'ber' },
    ] as const;
    for (const event of events) history.writeEvent(event);
    const span = { fromMs: START_MS, toMs: START_MS + 10 };
    assert.deepEqual(await history.events({ ...span, most: 10 }), events);
    assert.deepEqual(await history.events({ ...span, most: 2 }), events.slice(1));
    assert.deepEqual(await history.events({ ...span, most: 9, key: 'a' }), events.slice(0, 2));
    assert.deepEqual(await history.events({ ...span, toMs: START_MS + 2, most: 9 }), [events[0]]);

    const [series] = await history.series();
    const { key, name, labels, firstMs, lastMs } = series!;
    assert.deepEqual([key, name, labels], ['a', 'fra', { site: 'Frankfurt' }]);
    assert.deepEqual([firstMs, lastMs], [START_MS, START_MS + 20_000]);
    assert.equal(history.status.oldestMs, START_MS);
  });

  test(`${kind}: a long stretch is answered in wider columns, which hold the same`, async (t) => {
    const path = pathOf(temporaryFolder(t));
    await using history = await openHistory({ path, now: () => START_MS + 7_200_000 });
    const columns = Array.from({ length: 180 }, (_, place) =>
      spreadColumn({ startMs: START_MS + place * 10_000, rows: { [300 + place]: 1 } }),
    );
    history.write(columns);
    const answers = [180, 179, 30, 29, 3, 2, 1].map((mostColumns) =>
      history.columns({ fromMs: START_MS, toMs: START_MS + 1_800_000, mostColumns }),
    );
    const told = (await Promise.all(answers)).map((answer) => [
      answer.widthMs / 1000,
      answer.columns.length,
      answer.columns.reduce((sum, { counts }) => sum + counts.received, 0),
      answer.columns.reduce((sum, { rttRows }) => sum + rttRows.length, 0) >= 360,
    ]);
    assert.deepEqual(told, [
      [10, 180, 180, true],
      [60, 30, 180, true],
      [60, 30, 180, true],
      [600, 3, 180, true],
      [600, 3, 180, true],
      [3600, 1, 180, true],
      [3600, 1, 180, true],
    ]);
    const days = { fromMs: START_MS, toMs: START_MS + 10 * 86_400_000, mostColumns: 100 };
    assert.equal((await history.columns(days)).widthMs, 3 * 3_600_000);
  });
}

test('what was written is there after a restart, and counts on', async (t) => {
  const path = join(temporaryFolder(t), 'watch.db');
  const column = spreadColumn({ startMs: START_MS, rows: { 5: 3 } });
  for (const restarts of [1, 2, 3]) {
    await using history = await openHistory({ path, now: () => START_MS + 10_000 });
    history.write([column]);
    const query = { fromMs: START_MS, toMs: START_MS + 10_000, mostColumns: 10 };
    const { columns } = await history.columns(query);
    // The same stretch again holds other probes.
    assert.equal(columns[0]!.counts.received, 3 * restarts);
  }
});

test('a file that cannot be a history is refused with the rule that it breaks, and stays as it is', async (t) => {
  const folder = temporaryFolder(t);
  const sqlite = (await loadSqlite()) as Sqlite;
  writeFileSync(join(folder, 'text'), 'This is no database. '.repeat(500));
  const other = sqlite.open(join(folder, 'other.db'));
  other.exec('CREATE TABLE notes (text)');
  other.close();
  mkdirSync(join(folder, 'folder'));
  const foreign = /must be a history of echogram, or a file that does not exist yet, got/;
  const cases = [
    ['text', foreign],
    ['other.db', foreign],
    ['folder', /must be a file, got/],
    ['nowhere/watch.db', /must be a file that can be written, in a folder .* \(ENOENT\), got/],
    ['text/watch.db', /\(ENOTDIR\), got/],
  ] as const;
  for (const [name, message] of cases) {
    await assert.rejects(openHistory({ path: join(folder, name) }), (error) => {
      assert.ok(OptionError.is(error));
      assert.match(error.message, /^history\.path must be/);
      assert.match(error.message, message);
      return true;
    });
  }
  assert.equal(statSync(join(folder, 'text')).size, 21 * 500);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('-wal')),
    [],
  );
});

test('a file that a later version wrote is kept, and the history stays in memory', async (t) => {
  const path = join(temporaryFolder(t), 'watch.db');
  await (await openHistory({ path }))[Symbol.asyncDispose]();
  const sqlite = (await loadSqlite()) as Sqlite;
  const database = sqlite.open(path);
  database.exec('PRAGMA user_version = 2');
  database.close();
  await using history = await openHistory({ path });
  assert.equal(history.status.kind, 'memory');
  assert.match(history.status.reason!, /written by a later version of echogram \(schema 2, /);
});

test('a second watch on the same file is refused, by whichever name, while another program reads it', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'watch.db');
  await using history = await openHistory({ path, now: () => START_MS });
  history.write([spreadColumn({ startMs: START_MS, rows: { 5: 1 } })]);
  await history.series();
  await assert.rejects(
    openHistory({ path: join(folder, '.', 'watch.db') }),
    /history\.path must be a file that no other watch writes, .*; give each watch a file of its own/,
  );
  const reader = ((await loadSqlite()) as Sqlite).open(path, { readOnly: true });
  assert.equal(reader.prepare('SELECT sent FROM col10').get()!['sent'], 1);
  reader.close();
});

test('after kill -9 in the middle of writing the file opens, and lacks at most the last batch', async (t) => {
  const path = join(temporaryFolder(t), 'watch.db');
  const writer = spawn(
    process.execPath,
    [repositoryPath('.build/test/helpers/history-writer.js'), path],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  t.after(() => writer.kill('SIGKILL'));
  // Each line: columns that a query has told of, so they are in the file.
  let written = 0;
  for await (const line of createInterface(writer.stdout)) {
    written = Number(line);
    if (written >= 2_000) break;
  }
  writer.kill('SIGKILL');
  if (writer.signalCode === null) {
    await deadline(once(writer, 'exit'), () => 'the killed writer to end');
  }
  await using history = await openHistory({ path });
  const query = { fromMs: 0, toMs: START_MS + 1e10, mostColumns: 1e9 };
  const { columns } = await history.columns(query);
  const sent = columns.reduce((sum, { counts }) => sum + counts.received, 0);
  assert.ok(sent >= written, `${sent} columns of at least ${written}`);
  assert.equal(history.status.lastError, null);
});

test('a file that is too large keeps for a shorter time, in all tiers', async (t) => {
  const path = join(temporaryFolder(t), 'watch.db');
  const maxBytes = 1024 * 1024;
  let nowMs = START_MS;
  await using history = await openHistory({ path, maxBytes, now: () => nowMs });
  const rows = Object.fromEntries(Array.from({ length: 100 }, (_, row) => [row * 8, 1]));
  for (let hour = 0; hour < 8; hour++) {
    const columns = Array.from({ length: 360 }, (_, place) =>
      spreadColumn({ startMs: nowMs + place * 10_000, rows }),
    );
    nowMs += 3_600_000;
    history.write(columns);
    await history.series();
  }
  const finestMs = async (fromMs: number): Promise<number> =>
    (await history.columns({ fromMs, toMs: fromMs + 100_000, mostColumns: 10 })).widthMs;
  // It goes on deleting between what is written.
  await until(async () => {
    nowMs += 10_000;
    history.write([spreadColumn({ startMs: nowMs, rows })]);
    await history.series();
    return history.status.bytes <= maxBytes;
  }, 'the file to be small enough');
  assert.deepEqual([await finestMs(START_MS), await finestMs(nowMs - 100_000)], [60_000, 10_000]);
  assert.equal(history.status.writeFailures, 0);
  assert.ok(history.status.oldestMs! < nowMs - 6 * 3_600_000, 'wide columns reach back further');
});

test('an alert that was firing when its watch was killed is firing again, since the same time', async (t) => {
  const path = join(temporaryFolder(t), 'watch.db');
  const raise = 'loss >= 5%';
  const writer = new Program(t, process.execPath, [
    repositoryPath('.build/test/helpers/alerts-writer.js'),
    path,
    raise,
  ]);
  const [, sinceMs] = await writer.untilStdout(/^firing (\d+)\n/);
  writer.child.kill('SIGKILL');
  await writer.ended();
  await using history = await openHistory({ path });
  const bench = await AlertsBench.open({ alerts: [{ name: 'loss', raise }] }, history);
  assert.deepEqual(bench.state, {
    rule: 'loss',
    key: 'fra default',
    state: 'firing',
    sinceMs: Number(sinceMs),
    words: 'loss 10 % (loss >= 5%)',
    labels: {},
  });
  assert.deepEqual(bench.told, []);
});

test('a history can be exported while it is written and merged', async (t) => {
  const path = join(temporaryFolder(t), 'watch.db');
  let nowMs = START_MS;
  await using history = await openHistory({ path, now: () => nowMs });
  const columnsOf = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, place) =>
      spreadColumn({ startMs: START_MS + (from + place) * 10_000, rows: { 5: 1 } }),
    );
  // More minutes than are read at once, none of which is merged before the first are read.
  history.write(columnsOf(0, 6_600));
  await history.series();
  let received = 0;
  for await (const { columns } of exportHistory(path, { widthMs: 60_000 })) {
    received += columns.reduce((sum, { counts }) => sum + counts.received, 0);
    nowMs = START_MS + 80_000_000;
    history.write(columnsOf(6_600, 6_601));
    await history.series();
  }
  assert.equal(received, 6_600);
});
