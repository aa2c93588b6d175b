// echogram history export as a program, and what docs/history.md says of the file.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { COUNT_NAMES } from '../../src/watch/counts.ts';
import { openHistory } from '../../src/watch/history/open-history.ts';
import { deadline } from '../helpers/deadline.ts';
import { madeTarget } from '../helpers/made-watch.ts';
import { BIN, Program, runEchogram } from '../helpers/programs.ts';
import { repositoryText } from '../helpers/repository.ts';
import { needsProgram } from '../helpers/skips.ts';
import { spreadColumn } from '../helpers/spread-column.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const START_MS = Date.UTC(2026, 0, 1);

/** Two targets: `fra`, which replies three times in ten seconds, and `ber`, which never does. */
async function madeFile(t: TestContext, columns: number): Promise<string> {
  const path = join(temporaryFolder(t), 'watch.db');
  const nowMs = START_MS + columns * 10_000 + 3_600_000;
  await using history = await openHistory({ path, now: () => nowMs });
  const fra = { ...madeTarget('fra'), labels: { site: 'Frankfurt, "main"' } };
  history.setTargets([fra, madeTarget('ber')]);
  for (let place = 0; place < columns; place++) {
    const startMs = START_MS + place * 10_000;
    history.write([
      spreadColumn({ key: 'fra default', startMs, rows: { 320: 2, 321: 1 } }),
      spreadColumn({
        key: 'ber default',
        startMs,
        counts: { lost: 4, portUnreachable: 3 },
        hostDropped: null,
      }),
    ]);
  }
  return path;
}

test('history export writes each column of each target with its fields as CSV', async (t) => {
  const path = await madeFile(t, 12);
  const { exitCode, stdout, stderr } = await runEchogram(t, ['history', 'export', path]);
  assert.deepEqual([exitCode, stderr], [0, '']);
  // Row 320 begins at 1024 · 2^10 ns, row 321 one 32nd later, row 322 another one: 6 · (2 · 1048576 + 1081344) / 18.
  const ber = (minute: string): string =>
    `2026-01-01T00:0${minute}:00.000Z,60,ber default,ber,default,{},24,0,0,24,0,0,18,0,0,0,0,0,0,0,0,0,0,0,,,,,,,,,true`;
  const fra = (minute: string): string =>
    `2026-01-01T00:0${minute}:00.000Z,60,fra default,fra,default,"{""site"":""Frankfurt, \\""main\\""""}",18,18,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1048576,1059499,1081343,1114111,1114111,1114111,1081344,true`;
  assert.deepEqual(stdout.split('\n'), [
    'start,width_s,key,target,probe,labels,sent,received,late,lost,lost_forward,lost_backward,port_unreachable,icmp_errors,duplicate,reordered,corrupted,unaltered,unauthenticated,stray,send_failed,skipped,unresolved,abandoned,host_dropped,rtt_min_ns,rtt_mean_ns,rtt_p50_ns,rtt_p90_ns,rtt_p95_ns,rtt_p99_ns,rtt_max_ns,is_final',
    ...['0', '1'].map(ber),
    ...['0', '1'].map(fra),
    '',
  ]);
});

test('history export takes a stretch, a tier and targets, and writes JSON to a file', async (t) => {
  const path = await madeFile(t, 12);
  const output = join(path, '..', 'out.jsonl');
  const stretch = ['--from', '2026-01-01T00:00:30Z', '--to', '2026-01-01T01:01+01:00'];
  const flags = ['--tier', '10s', '--target', 'fra', '--format', 'jsonl', '-o', output];
  const { exitCode, stderr } = await runEchogram(t, [
    'history',
    'export',
    path,
    ...stretch,
    ...flags,
  ]);
  assert.deepEqual([exitCode, stderr], [0, '']);
  const lines = readFileSync(output, 'utf8').trimEnd().split('\n');
  const columns = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    columns.map(({ start }) => start),
    ['30', '40', '50'].map((second) => `2026-01-01T00:00:${second}.000Z`),
  );
  const { labels, rtt_rows: rows, received } = columns[0]!;
  assert.deepEqual([labels, rows, received], [{ site: 'Frankfurt, "main"' }, [[320, 2], [321, 1]], 3]); // prettier-ignore
});

test('what history export cannot do is said, with exit code 2', async (t) => {
  const path = await madeFile(t, 1);
  const text = join(path, '..', 'text');
  writeFileSync(text, 'This is no database. '.repeat(500));
  const cases = [
    [['export', `${path}.none`], /the history file must be a file that can be read \(ENOENT\)/],
    [['export', text], /the history file must be a history of echogram/],
    [['import', path], /the action of history must be export, got `import`/],
    [
      ['export', path, '--target', 'par'],
      /--target must be .* got `par`; its targets are ber, fra/,
    ],
    [['export', path, '--from', 'noon'], /--from must be a time such as .* got `noon`; write/],
    [['export', path, '--from', '2026-02-30'], /--from must be a time such as .* got `2026-02-30`/],
    [
      ['export', path, '--from', '2026-01-02', '--to', '2026-01-02'],
      /--to must be later than --from, got `2026-01-02T00:00:00.000Z`/,
    ],
    [['export', path, '--tier', '5m'], /--tier must be one of 10s, 1m, 10m, 1h, got `5m`/],
    [
      ['export', path, '-o', join(text, 'x')],
      /-o.* must be a file that can be written \(ENOTDIR\)/,
    ],
    [['export', path, '-o', '/dev/full'], /cannot write \(ENOSPC\)/],
  ] as const;
  for (const [args, message] of cases) {
    const { exitCode, stderr, stdout } = await runEchogram(t, ['history', ...args]);
    assert.deepEqual([exitCode, stdout], [2, ''], args.join(' '));
    assert.match(stderr, message);
  }
});

test('history export never writes over the history that it reads', async (t) => {
  const path = await madeFile(t, 1);
  const link = join(path, '..', 'link');
  symlinkSync(path, link);
  const before = readFileSync(path);
  for (const output of [path, link]) {
    const { exitCode, stderr } = await runEchogram(t, ['history', 'export', path, '-o', output]);
    assert.equal(exitCode, 2);
    assert.ok(stderr.includes(` must be a different file from ${path}, got \`${output}\``), stderr);
  }
  assert.ok(readFileSync(path).equals(before));
});

test('history export ends quietly when its reader goes away', async (t) => {
  const path = await madeFile(t, 3_000);
  const command = `"$0" "$1" history export "$2" --tier 10s | head -n 2 | wc -l`;
  const shell = new Program(t, 'sh', ['-c', command, process.execPath, BIN, path]);
  const { stdout, stderr } = await deadline(shell.ended(), () => 'the pipe to end');
  assert.deepEqual([stdout.trim(), stderr], ['2', '']);
});

test(
  'the Python program of docs/history.md reads the file',
  { skip: needsProgram('python3') },
  async (t) => {
    const path = await madeFile(t, 12);
    const [, program = ''] = /```python\n([^]*?)```/.exec(repositoryText('docs/history.md'))!;
    const told = execFileSync('python3', ['-c', program, path, 'fra', '2026-01-01'], {
      encoding: 'utf8',
    });
    assert.equal(told, 'p99 1.114 ms of 36 replies\n');
  },
);

test('docs/history.md names each field of an export', () => {
  const page = repositoryText('docs/history.md');
  for (const name of COUNT_NAMES) {
    const field = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    if (field !== 'lost_backward') assert.ok(page.includes(`\`${field}\``), field);
  }
});

test('the queries of docs/history.md run', { skip: needsProgram('sqlite3') }, async (t) => {
  const path = await madeFile(t, 300);
  const queries = [
    ...repositoryText('docs/history.md').matchAll(/^sqlite3 -readonly [^"]*"([^"]*)"/gm),
  ];
  assert.equal(queries.length, 3);
  const answers = queries.map(([, sql = '']) =>
    execFileSync('sqlite3', ['-readonly', path, sql], { encoding: 'utf8' }),
  );
  assert.equal(answers[0], 'ber|2026-01-01 00:00:00|1200|100.0\n');
});
