// echogram report and ping --report as programs: which page they write, and what a wrong file gets.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { PageData } from '../../src/report/page-data.ts';
import { VERSION } from '../../src/version.ts';
import { until } from '../helpers/deadline.ts';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { madeResult } from '../helpers/made-result.ts';
import { BIN, Program, runEchogram, startEchogram } from '../helpers/programs.ts';
import { firstSkip, needsLinux, needsProgram } from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

/** The data in a page. */
function dataIn(html: string): PageData {
  const [, json = ''] = /<script type="application\/json" id="data">([^<]*)<\/script>/.exec(html)!;
  return JSON.parse(json) as PageData;
}

const FATES = [
  '{"type":"reply","sequence":0,"stream":0,"atNs":8000000,"rttNs":8000000,"isReordered":false,"sentNs":0,"sendErrorNs":0}',
  '{"type":"timeout","sequence":1,"stream":0,"atNs":2000000001,"sentNs":1000000000,"sendErrorNs":0}',
];

function startLine(): string {
  const { schema, tool, config, supplied, target, startedAt } = madeResult();
  const start = { schema, tool, config, supplied, target, startedAt };
  return JSON.stringify({ type: 'session', ...start, sourcePorts: [40_001] });
}

test('the page of a measurement and that of its recording are the same', async (t) => {
  const folder = temporaryFolder(t);
  await using echo = await PlainEcho.open();
  const [page, recording] = [join(folder, 'page.html'), join(folder, 'run.jsonl')];
  const args = ['-c', '3', '-i', '10ms', '-W', '20s', '--report', page, '--jsonl', recording];
  const { exitCode, stderr } = await runEchogram(t, ['ping', `127.0.0.1:${echo.port}`, ...args]);
  assert.deepEqual([exitCode, stderr], [0, '']);

  const report = await runEchogram(t, ['report', recording]);
  const written = join(folder, 'run.html');
  assert.deepEqual(
    [report.exitCode, report.stdout, report.stderr],
    [0, '', `echogram: wrote ${written}\n`],
  );
  assert.equal(readFileSync(written, 'utf8'), readFileSync(page, 'utf8'));
  const { state, measurement, picture } = dataIn(readFileSync(page, 'utf8'));
  assert.deepEqual([state, measurement.target.port], ['complete', echo.port]);
  assert.equal(
    picture.received.reduce((sum, count) => sum + count, 0),
    measurement.datagrams.received,
  );
});

test('a result over several lines is shown, and - is standard output', async (t) => {
  const file = join(temporaryFolder(t), 'result.json');
  writeFileSync(file, JSON.stringify(madeResult(), undefined, 2));
  const { stdout, stderr, exitCode } = await runEchogram(t, ['report', file, '-o', '-']);
  assert.deepEqual([exitCode, stderr], [0, '']);
  assert.match(stdout, /^<!doctype html>/);
  assert.equal(dataIn(stdout).outcome, 'good');
});

test('a recording may hold every kind of record, and says when this host dropped replies', async (t) => {
  const file = join(temporaryFolder(t), 'kinds.jsonl');
  const icmp = '"systemCode":"EHOSTUNREACH","from":"192.0.2.1","icmpType":3,"icmpCode":1';
  const others = [
    '{"type":"duplicate","sequence":0,"stream":0,"atNs":9000000,"rttNs":9000000}',
    '{"type":"host-dropped","atNs":1100000000,"datagrams":1}',
    '{"type":"send-failed","sequence":2,"stream":0,"atNs":2000000000,"systemCode":"ENOBUFS"}',
    `{"type":"icmp-error","sequence":null,"atNs":2100000000,${icmp}}`,
    '{"type":"corrupted","atNs":2200000000,"payloadBytes":64}',
    '{"type":"stray","atNs":2300000000,"payloadBytes":3}',
    '{"type":"unaltered","atNs":2400000000,"payloadBytes":44}',
    '{"type":"skipped","atNs":2500000000,"slots":1}',
    '{"type":"stall","atNs":2500000000,"delayNs":7000000}',
    '{"type":"omitted","atNs":2500000000,"records":7}',
  ];
  writeFileSync(file, [startLine(), ...FATES, ...others, ''].join('\n'));
  const { stdout, stderr, exitCode } = await runEchogram(t, ['report', file, '-o', '-']);
  assert.equal(exitCode, 0, stderr);
  const { picture } = dataIn(stdout);
  // The reply of the probe of the second column was dropped in it.
  assert.deepEqual([picture.losses.thisHost[1], picture.losses.path[1]], [1, 0]);
});

for (const [where, cut] of [
  ['in the middle of a line', '{"type":"rep'],
  ['before its result', ''],
] as const) {
  test(`a recording that ends ${where} is shown as far as it goes`, async (t) => {
    const file = join(temporaryFolder(t), 'cut.jsonl');
    writeFileSync(file, [startLine(), ...FATES, cut].join('\n'));
    const { stdout, stderr, exitCode } = await runEchogram(t, ['report', file, '-o', '-']);
    const { state, notices, measurement, picture } = dataIn(stdout);
    assert.equal(exitCode, 0);
    assert.equal(stderr, `echogram: ${notices[0]!}\n`);
    // Each record has when its probe was sent, and how late.
    const missing = 'loss runs, delay variation and the total that this host dropped';
    assert.equal(
      notices[0],
      `the recording ends ${where}, after 2 records: its contents are shown, without ${missing}`,
    );
    assert.deepEqual([state, measurement.datagrams.lossRatio], ['partial', 0.5]);
    // A timeout of 1 s, found a nanosecond later: column 1 of a second each.
    assert.deepEqual(
      [picture.received, picture.losses.path],
      [
        [1, 0],
        [0, 1],
      ],
    );
  });
}

/** What a program writes for it, in either form. */
const WHOLE = {
  'a recording': () =>
    [startLine(), ...FATES, JSON.stringify({ type: 'result', result: madeResult() }), ''].join(
      '\n',
    ),
  'a result': () => JSON.stringify(madeResult()),
  'a result over several lines': () => JSON.stringify(madeResult(), undefined, 2),
};

for (const [what, textOf] of Object.entries(WHOLE)) {
  test(`${what} may come from standard input, and the page goes to standard output`, async (t) => {
    const { stdout, stderr, exitCode } = await runEchogram(t, ['report', '-'], textOf());
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.deepEqual(dataIn(stdout).state, 'complete');
  });

  test(
    `${what} may come from a named pipe, /dev/stdin and the shell's <(…)`,
    { skip: firstSkip(needsLinux(), needsProgram('bash')) },
    async (t) => {
      const folder = temporaryFolder(t);
      const [file, fifo] = [join(folder, 'file'), join(folder, 'fifo')];
      writeFileSync(file, textOf());
      execFileSync('mkfifo', [fifo]);
      for (const script of [
        'cat "$2" >"$3" & "$0" "$1" report "$3" -o -',
        'cat "$2" | "$0" "$1" report /dev/stdin -o -',
        '"$0" "$1" report <(cat "$2") -o -',
      ]) {
        const args = ['-c', script, process.execPath, BIN, file, fifo];
        const { stdout, stderr, exitCode } = await new Program(t, 'bash', args).ended();
        assert.deepEqual([exitCode, stderr], [0, ''], script);
        assert.equal(dataIn(stdout).state, 'complete');
      }
    },
  );

  test(`${what} may have blank lines after it and a byte order mark before it`, async (t) => {
    const text = `\uFEFF${textOf()}\r\n\n  \n`;
    const { stdout, stderr, exitCode } = await runEchogram(t, ['report', '-'], text);
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.equal(dataIn(stdout).state, 'complete');
  });
}

test('a blank line after a recording without its result is no record', async (t) => {
  const text = [startLine(), ...FATES, '', ''].join('\n');
  const { stdout, exitCode } = await runEchogram(t, ['report', '-'], text);
  assert.equal(exitCode, 0);
  assert.match(dataIn(stdout).notices[0]!, /ends before its result, after 2 records/);
});

test('a signal ends the wait for standard input', async (t) => {
  const program = startEchogram(t, ['report', '-']);
  // A megabyte, more than the system holds: taken, it is being read.
  const fates = `${FATES[0]}\n`.repeat(10_000);
  await new Promise((resolve) => program.child.stdin!.write(`${startLine()}\n${fates}`, resolve));
  program.child.kill('SIGINT');
  const { stdout, exitCode } = await program.ended();
  assert.deepEqual([stdout, exitCode], ['', 2]);
});

test(
  'a signal ends the wait for the writer of a named pipe',
  { skip: firstSkip(needsLinux(), needsProgram('mkfifo')) },
  async (t) => {
    const fifo = join(temporaryFolder(t), 'fifo');
    execFileSync('mkfifo', [fifo]);
    for (const args of [
      ['report', fifo],
      ['watch', '--config', fifo, '--check'],
      ['ping', '127.0.0.1', '--protocol', 'stamp', '--key-file', fifo],
    ]) {
      const program = startEchogram(t, args);
      const opens = (): boolean => openingThreads(program.child.pid!) > 0;
      await until(opens, `${args[0]!} to wait for a writer`);
      program.child.kill('SIGTERM');
      // The signal ends it, because a thread is in open(2).
      const { stdout } = await program.ended();
      assert.deepEqual([stdout, program.child.signalCode], ['', 'SIGTERM'], args.join(' '));
    }
  },
);

/** How many threads of a process wait in open(2) for the other end of a named pipe. */
function openingThreads(pid: number): number {
  const folder = `/proc/${pid}/task`;
  const calls = readdirSync(folder).map((thread) =>
    readFileSync(join(folder, thread, 'wchan'), 'latin1'),
  );
  return calls.filter((call) => /wait_for_partner|fifo_open/.test(call)).length;
}

for (const [what, text, reason] of [
  ['an empty file', '', 'it is empty'],
  ['a text', 'hello\n', 'it is not the output of ping --json, ping --jsonl or load --json'],
  ['another JSON', '[1,2]', 'it is not the output of ping --json, ping --jsonl or load --json'],
  [
    'a newer schema',
    JSON.stringify({ ...madeResult(), schema: 'echogram.session/2' }),
    `its schema is echogram.session/2, newer than the echogram.session/1 of echogram ${VERSION}; use a newer echogram`,
  ],
  [
    'a newer recording',
    startLine().replace('session/1', 'session/9'),
    `its schema is echogram.session/9, newer than the echogram.session/1 of echogram ${VERSION}; use a newer echogram`,
  ],
  [
    'a field that is no number',
    JSON.stringify({ ...madeResult(), durationNs: '1' }),
    `durationNs must be a number, got "1"; echogram 1.2.3 wrote it, and this is ${VERSION}: use that version`,
  ],
  [
    'a line that is no record',
    `${startLine()}\n{"type":"reply"}\n${FATES[1]}\n`,
    `its line 2 is not a record: atNs is missing; echogram 1.2.3 wrote it, and this is ${VERSION}: use that version`,
  ],
  ['blank lines', '\n \n', 'it is empty'],
  [
    'a record of a type that is not known',
    `${startLine()}\n\n{"type":"teleported","atNs":1}\n${FATES[1]}\n`,
    `its line 3 is not a record: type must be a known value, got "teleported"; echogram 1.2.3 wrote it, and this is ${VERSION}: use that version`,
  ],
] as const) {
  test(`${what} gets one line and exit code 2`, async (t) => {
    const file = join(temporaryFolder(t), 'wrong');
    writeFileSync(file, text);
    const { stdout, stderr, exitCode } = await runEchogram(t, ['report', file]);
    assert.deepEqual(
      [exitCode, stdout, stderr],
      [2, '', `echogram: cannot show ${file}: ${reason}\n`],
    );
  });
}

test('a file that is not there and a page that can not be written are named', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'none.jsonl');
  assert.equal(
    (await runEchogram(t, ['report', file])).stderr,
    `echogram: cannot show ${file}: it cannot be read (ENOENT)\n`,
  );
  const result = join(folder, 'result.json');
  writeFileSync(result, JSON.stringify(madeResult()));
  const page = join(folder, 'no', 'page.html');
  const { stderr, exitCode } = await runEchogram(t, ['report', result, '-o', page]);
  assert.equal(
    stderr,
    `echogram: --output must be a file that can be written (ENOENT), got \`${page}\`\n`,
  );
  assert.equal(exitCode, 2);
});

test('nothing that a message says ends the element that it stands in', async (t) => {
  const hostile = '</script><script>alert(1)</script><!-- <b>';
  const file = join(temporaryFolder(t), 'hostile.json');
  const result = madeResult({ endedBy: { code: 'ERROR', message: hostile } });
  writeFileSync(file, JSON.stringify(result));
  const { stdout } = await runEchogram(t, ['report', file, '-o', '-']);
  assert.equal(stdout.split('<script').length, 3);
  assert.ok(!stdout.includes('<!-- <b>'));
  assert.equal(dataIn(stdout).measurement.endedBy?.message, hostile);
});

test('a page over its own recording is refused, by whichever names', async (t) => {
  const folder = temporaryFolder(t);
  const [file, link] = [join(folder, 'result.json'), join(folder, 'link')];
  const text = JSON.stringify(madeResult());
  writeFileSync(file, text);
  symlinkSync(file, link);
  for (const output of [file, link]) {
    const { stdout, stderr, exitCode } = await runEchogram(t, ['report', file, '-o', output]);
    const line = `echogram: --output must be a different file from ${file}, got \`${output}\`\n`;
    assert.deepEqual([exitCode, stdout, stderr], [2, '', line]);
  }
  const input = openSync(file, 'r');
  const program = startEchogram(t, ['report', '-', '-o', file], { stdio: [input, 'pipe', 'pipe'] });
  closeSync(input);
  const { stderr, exitCode } = await program.ended();
  assert.match(stderr, /^echogram: --output must be a different file from standard input, got /);
  assert.equal(exitCode, 2);
  assert.equal(readFileSync(file, 'utf8'), text);
});
