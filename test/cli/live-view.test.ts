// The live picture of echogram ping, in a real terminal emulator.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { BIN } from '../helpers/programs.ts';
import { needsProgram } from '../helpers/skips.ts';
import { Tmux, type TerminalSize } from '../helpers/tmux.ts';

const SKIP = needsProgram('tmux');

const AXIS = /^ {9}└─+.*now$/;

async function pingIn(
  t: TestContext,
  size: TerminalSize,
  { args = [], environment = {} }: { args?: string[]; environment?: Record<string, string> } = {},
): Promise<Tmux> {
  const echo = await PlainEcho.open();
  t.after(() => echo[Symbol.asyncDispose]());
  // Not by the terminal's own environment: tmux sets TERM there.
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  // The shell keeps the terminal: as the last program ends, tmux may close it before it has drawn all.
  const kept = ['sh', '-c', '"$@"; echo "ended $?"; exec cat', 'sh'];
  const program = ['env', ...variables, process.execPath, BIN];
  const target = `127.0.0.1:${echo.port}`;
  const command = [...kept, ...program, 'ping', target, '-i', '20ms', '-W', '20s', ...args];
  return new Tmux(t, command, size);
}

/** The lines of the picture, from its first to its last. */
function regionOf(screen: readonly string[]): readonly string[] {
  const end = screen.findIndex((line) => line.includes(' replies, '));
  const begin = screen.findIndex((line) => /^ *\S+ \S+ ┤/.test(line));
  return screen.slice(begin, end + 1);
}

for (const [columns, rows, pictureLines, summaryLines] of [
  [80, 24, 8, 2],
  [132, 50, 10, 2],
  // Two percentiles or three fit beside one another.
  [40, 14, 3, 3],
] as const) {
  test(
    `draws a picture of ${pictureLines} lines at ${columns} × ${rows}`,
    { skip: SKIP },
    async (t) => {
      const terminal = await pingIn(t, { columns, rows });
      const region = regionOf(await terminal.untilScreen(/\d{2,} replies, 0 × lost \(0 %\)/));
      // The picture, the losses, the axis, the times and the counts.
      assert.equal(region.length, pictureLines + 2 + summaryLines);
      // A host that stalls leaves slots out.
      assert.match(region[pictureLines]!, /^ {4}lost │[ !]*$/);
      assert.match(region[pictureLines + 1]!, AXIS);
      assert.ok(region.slice(0, pictureLines).some((line) => /[▀▄]$/.test(line)));
      assert.ok(region.every((line) => line.length <= columns));
    },
  );
}

for (const [columns, rows] of [
  [80, 12],
  [80, 5],
  [36, 24],
] as const) {
  test(
    `counts and percentiles stay at ${columns} × ${rows}, where there is no room for a picture`,
    { skip: SKIP },
    async (t) => {
      const terminal = await pingIn(t, { columns, rows }, { args: ['-i', '2ms'] });
      const screen = await terminal.untilScreen(/\d{2,} replies,/);
      assert.ok(!screen.some((line) => AXIS.test(line)), screen.join('\n'));
      assert.equal(screen.filter((line) => /^ {5}rtt {2}p50 /.test(line)).length, 1);
      assert.equal(screen.filter((line) => line.includes(' replies,')).length, 1);
    },
  );
}

test('a terminal of two lines has those of the probes', { skip: SKIP }, async (t) => {
  const terminal = await pingIn(t, { columns: 80, rows: 2 });
  const screen = await terminal.untilScreen(/reply seq=\d{2,} /);
  assert.ok(!screen.some((line) => line.includes(' rtt ')), screen.join('\n'));
});

test('lines of probes scroll above the picture, which stays', { skip: SKIP }, async (t) => {
  const terminal = await pingIn(t, { columns: 80, rows: 24 });
  const screen = await terminal.untilScreen(/reply seq=\d{2,} .*\n[^]* replies, /);
  assert.equal(screen.filter((line) => AXIS.test(line)).length, 1);
  const replies = screen.filter((line) => line.startsWith('reply seq='));
  const numbers = replies.map((line) => Number(/\d+/.exec(line)![0]));
  assert.deepEqual(
    numbers,
    numbers.map((_, at) => numbers[0]! + at),
  );
});

test('a resized terminal gets a picture of its size, and only one', { skip: SKIP }, async (t) => {
  const terminal = await pingIn(t, { columns: 120, rows: 40 });
  await terminal.untilScreen(/\d{2,} replies, /);
  terminal.resize({ columns: 60, rows: 24 });
  const screen = await terminal.untilScreen(/\n {9}└[^\n]{46} now\n[^\n]*\n[^\n]*\d{3,} replies, /);
  assert.equal(screen.filter((line) => AXIS.test(line)).length, 1, screen.join('\n'));
});

test('ends with the last picture and the summary beneath', { skip: SKIP }, async (t) => {
  const terminal = await pingIn(t, { columns: 100, rows: 40 }, { args: ['-c', '20'] });
  const screen = await terminal.untilScreen(/^ended 0$/m);
  const counts = screen.findIndex((line) =>
    / replies?, 0 × lost \(0 %\)(, \d+ ! skipped)?$/.test(line),
  );
  assert.ok(counts > 0, screen.join('\n'));
  assert.equal(screen[counts + 1], '');
  assert.match(screen[counts + 2]!, /^--- 127\.0\.0\.1 port /);
});

test('colours are those of the terminal', { skip: SKIP }, async (t) => {
  const terminal = await pingIn(t, { columns: 80, rows: 24 }, { args: ['-c', '50'] });
  await terminal.untilScreen(/UDP works\./);
  assert.match(terminal.screen({ hasColour: true }).join('\n'), /38;5;\d+m[▀▄]/);
});

for (const [why, args, environment] of [
  ['--plain', ['--plain'], {}],
  ['--quiet', ['--quiet'], {}],
  ['NO_COLOR', [], { NO_COLOR: '1' }],
  ['TERM=dumb', [], { TERM: 'dumb' }],
] as const) {
  test(`draws nothing with ${why}`, { skip: SKIP }, async (t) => {
    const options = { args: ['-c', '5', ...args], environment };
    const terminal = await pingIn(t, { columns: 80, rows: 24 }, options);
    const screen = await terminal.untilScreen(/UDP works\./);
    assert.ok(!screen.some((line) => AXIS.test(line)), screen.join('\n'));
  });
}
