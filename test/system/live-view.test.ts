// The live picture of echogram ping, in a real terminal emulator.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { BIN } from '../helpers/programs.ts';
import { firstSkip, needsLinux, needsProgram } from '../helpers/skips.ts';
import { Tmux, type TerminalSize } from '../helpers/tmux.ts';

const SKIP = needsProgram('tmux');
const JOBS = firstSkip(needsLinux(), SKIP, needsProgram('bash'));

const AXIS = /^ {9}└ \S+ [mµ]?s ago ─+ now$/;

interface PingSetting {
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** A command of the shell that runs first. */
  readonly before?: string;
}

async function pingIn(
  t: TestContext,
  size: TerminalSize,
  { before = ':', ...setting }: PingSetting = {},
): Promise<Tmux> {
  // The shell keeps the terminal: as the last program ends, tmux may close it before it has drawn all.
  const kept = ['sh', '-c', `${before}; "$@"; echo "ended $?"; exec cat`, 'sh'];
  return new Tmux(t, [...kept, ...(await pingCommand(t, setting))], size);
}

async function pingCommand(
  t: TestContext,
  { args = [], environment = {} }: Pick<PingSetting, 'args' | 'environment'>,
): Promise<readonly string[]> {
  const echo = await PlainEcho.open();
  t.after(() => echo[Symbol.asyncDispose]());
  // Not by the terminal's own environment: tmux sets TERM there.
  const variables = Object.entries({ LC_ALL: 'C.UTF-8', ...environment });
  const set = variables.map(([name, value]) => `${name}=${value}`);
  const target = `127.0.0.1:${echo.port}`;
  const ping = [process.execPath, BIN, 'ping', target, '-i', '20ms', '-W', '20s', ...args];
  return ['env', ...set, ...ping];
}

/** The same from a shell that has jobs, as a user's. */
async function pingFromShell(t: TestContext, size: TerminalSize): Promise<Tmux> {
  const terminal = new Tmux(t, ['env', 'PS1=$ ', 'bash', '--norc', '-i'], size);
  await terminal.untilScreen(/^\$/m);
  const command = await pingCommand(t, {});
  terminal.press(command.map((word) => `'${word}'`).join(' '), 'Enter');
  await terminal.untilScreen(/\d{2,} replies, /);
  return terminal;
}

/** The lines of the picture, from its first to its last: the title stands above. */
function regionOf(screen: readonly string[]): readonly string[] {
  const end = screen.findIndex((line) => line.includes(' replies, '));
  const begin = screen.findIndex((line) => /^ *\S+ \S+ ┤/.test(line));
  return screen.slice(begin, end + 1);
}

/** What stands above the picture. */
const TITLE = /^ {10}127\.0\.0\.1 port \d+, [\d.]+ m?s/;

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
      const screen = await terminal.untilScreen(/\d{2,} replies, 0 lost \(0 %\)/);
      const region = regionOf(screen);
      assert.match(screen[screen.indexOf(region[0]!) - 1]!, TITLE);
      // The picture, the losses, the skipped slots, the axis, the times and the counts.
      assert.equal(region.length, pictureLines + 3 + summaryLines);
      assert.equal(region[pictureLines], '    lost │');
      // A host that stalls leaves slots out.
      assert.match(region[pictureLines + 1]!, /^ skipped │[ !]*$/);
      assert.match(region[pictureLines + 2]!, AXIS);
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
      assert.equal(screen.filter((line) => /^ *rtt {2}p50 /.test(line)).length, 1);
      assert.equal(screen.filter((line) => line.includes(' replies,')).length, 1);
    },
  );
}

test('a terminal of two lines has those of the probes', { skip: SKIP }, async (t) => {
  const terminal = await pingIn(t, { columns: 80, rows: 2 });
  const screen = await terminal.untilScreen(/reply seq=\d{2,} /);
  assert.ok(!screen.some((line) => line.includes(' rtt ')), screen.join('\n'));
});

test(
  'counts and percentiles are whole at 18 columns, and absent at 8',
  { skip: SKIP },
  async (t) => {
    const terminal = await pingIn(t, { columns: 18, rows: 24 }, { args: ['-i', '2ms'] });
    const parts = [/^rtt {2}p50 \S+ [µm]?s$/m, /^p99 \S+ [µm]?s$/m, /^\d{3,} replies,$/m];
    const [rtt, p99, counts] = parts.map(({ source }) => source);
    await terminal.untilScreen(new RegExp(`${rtt!}[^]*${p99!}[^]*${counts!}\n0 lost \\(`, 'm'));
    terminal.resize({ columns: 8, rows: 24 });
    await terminal.untilScreen(/^(?![^]*(?:rtt|replies))/);
  },
);

test(
  'a terminal that does not know its size is taken for one of 80 × 24',
  { skip: SKIP },
  async (t) => {
    const size = { columns: 100, rows: 30 };
    const terminal = await pingIn(t, size, { before: 'stty cols 0 rows 0' });
    const region = regionOf(await terminal.untilScreen(/\d{2,} replies, 0 lost \(0 %\)/));
    assert.equal(region.length, 8 + 5);
    assert.equal(region.find((line) => AXIS.test(line))?.length, 80);
  },
);

test('a picture fills the width there is from the first seconds', { skip: SKIP }, async (t) => {
  const terminal = await pingIn(t, { columns: 120, rows: 24 });
  // Replies at the left edge and in the last third.
  const screen = await terminal.untilScreen(/[┤│][▀▄][^]*^.{80,119}[▀▄]$[^]* replies, /m);
  const [, seconds] = / port \d+, ([\d.]+) s /.exec(screen.join('\n')) ?? [];
  // Before there was a column for each of the 110 places: one is 13 intervals of 20 ms.
  assert.ok(Number(seconds ?? 0) < 110 * 0.26, screen.join('\n'));
});

test('a picture is 512 columns wide at most', { skip: SKIP }, async (t) => {
  const terminal = await pingIn(t, { columns: 700, rows: 24 });
  const region = regionOf(await terminal.untilScreen(/[┤│][▀▄][^]*\d{2,} replies, /));
  assert.equal(region.find((line) => AXIS.test(line))?.length, 10 + 512);
  assert.ok(region.every((line) => line.length <= 10 + 512));
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

test(
  'after Ctrl-Z and fg a new picture is drawn beneath, of the size of then',
  { skip: JOBS },
  async (t) => {
    const terminal = await pingFromShell(t, { columns: 100, rows: 50 });
    terminal.press('C-z');
    const stopped = await terminal.untilScreen(/Stopped[^]*\n\$$/);
    // The picture that was there stays as it was.
    assert.equal(stopped.filter((line) => AXIS.test(line)).length, 1, stopped.join('\n'));
    terminal.resize({ columns: 80, rows: 50 });
    terminal.press("printf '%0120d\\n' 7; fg", 'Enter');
    const screen = await terminal.untilScreen(
      /^0+7$[^]*\n {9}└[^\n]{66} now\n[^\n]*\n *\d+ replies, /m,
    );
    // Lines wrap again in the shell: it was left with the terminal as it had been.
    assert.ok(screen.includes(`${'0'.repeat(39)}7`), screen.join('\n'));
    const after = screen.slice(screen.findIndex((line) => line.endsWith('7')));
    assert.equal(after.filter((line) => AXIS.test(line)).length, 1, screen.join('\n'));
    assert.equal(after.filter((line) => line.includes(' replies, ')).length, 1, screen.join('\n'));
  },
);

test(
  'a measurement in the background draws nothing, and draws again in the foreground',
  { skip: JOBS },
  async (t) => {
    const terminal = await pingFromShell(t, { columns: 80, rows: 50 });
    terminal.press('C-z');
    await terminal.untilScreen(/Stopped[^]*\n\$$/);
    terminal.press('bg; clear', 'Enter');
    // Lines come as they would without a picture.
    const behind = await terminal.untilScreen(
      /^(?![^]*Stopped)[^]*reply seq=\d{2,} [^]*\nreply seq=\d{2,} [^]*\n/,
    );
    assert.ok(!behind.some((line) => AXIS.test(line)), behind.join('\n'));
    terminal.press('fg', 'Enter');
    const screen = await terminal.untilScreen(/\n {9}└[^\n]* now\n[^\n]*\n[^\n]* replies, /);
    assert.equal(screen.filter((line) => AXIS.test(line)).length, 1, screen.join('\n'));
  },
);

test(
  'SIGSTOP and SIGCONT, which no shell sends, leave one whole picture beneath',
  { skip: JOBS },
  async (t) => {
    const terminal = await pingIn(t, { columns: 80, rows: 50 });
    await terminal.untilScreen(/\d{2,} replies, /);
    const shell = terminal.processId;
    const ping = Number(readFileSync(`/proc/${shell}/task/${shell}/children`, 'latin1'));
    for (const signal of ['SIGSTOP', 'SIGCONT']) process.kill(ping, signal);
    const screen = await terminal.untilScreen(
      /now\n[^\n]*\n *\d+ replies, [^]*now\n[^\n]*\n *\d+ replies, /,
    );
    assert.match(screen.at(-1)!, / replies, /);
  },
);

test('the numbers so far are told above the picture', { skip: SKIP }, async (t) => {
  // The key signals the shell, too.
  const setting = { args: ['-i', '200ms'], before: 'trap : QUIT' };
  const terminal = await pingIn(t, { columns: 80, rows: 30 }, setting);
  await terminal.untilScreen(/\d replies, /);
  terminal.press('C-\\');
  const screen = await terminal.untilScreen(
    /^echogram: after \S+ m?s: \d+ probes sent, .*\nechogram: rtt min .*\n[^]*\d{2,} replies, /m,
  );
  assert.equal(screen.filter((line) => line.startsWith('echogram: after ')).length, 1);
  assert.ok(!screen.some((line) => line.includes('^\\')), 'what the key prints is drawn over');
  assert.equal(screen.filter((line) => AXIS.test(line)).length, 1, screen.join('\n'));
  assert.equal(screen.filter((line) => line.includes(' replies, ')).length, 1);
});

for (const columns of [30, 60]) {
  test(`lines are broken between words at ${columns} columns`, { skip: SKIP }, async (t) => {
    const args = ['-c', '3', '--plain', '--max-p99', '1us'];
    const terminal = await pingIn(t, { columns, rows: 60 }, { args });
    const screen = await terminal.untilScreen(/^ended 1$/m);
    assert.ok(screen.every((line) => line.length <= columns));
    // Whole again, they are the lines that a pipe would get.
    const whole = screen.join(' ').replaceAll(/ +/g, ' ');
    assert.match(whole, / UDP works\. 0 lost of 3; median [\d.]+ [µm]s, p99 [\d.]+ [µm]s\. /);
    assert.match(whole, / echogram: p99 is [\d.]+ [µm]s, above --max-p99 1 µs ended 1$/);
  });
}

test('ends with the last picture and the summary beneath', { skip: SKIP }, async (t) => {
  const terminal = await pingIn(t, { columns: 100, rows: 40 }, { args: ['-c', '20'] });
  const screen = await terminal.untilScreen(/^ended 0$/m);
  const counts = screen.findIndex((line) =>
    / replies?, 0 lost \(0 %\)(, \d+ skipped !)?$/.test(line),
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

for (const [environment, picture, replies] of [
  [{ NO_COLOR: '1' }, /┤.*[░▒▓█]$/, /0 lost/],
  [{ NO_COLOR: '1', LC_ALL: 'C' }, /\+.*[.:*#]$/, /0 lost/],
  [{ LC_ALL: 'en_GB.ISO-8859-1' }, /\+.*[.:*#]$/, /0 lost/],
] as const) {
  test(`${JSON.stringify(environment)} leaves the picture`, { skip: SKIP }, async (t) => {
    const options = { args: ['-c', '50'], environment };
    const terminal = await pingIn(t, { columns: 80, rows: 40 }, options);
    const screen = await terminal.untilScreen(/UDP works\.[^]*^ended 0$/m);
    const text = terminal.screen({ hasColour: true }).join('\n');
    assert.ok(
      screen.some((line) => picture.test(line)),
      text,
    );
    assert.match(screen.join('\n'), replies);
    if ('NO_COLOR' in environment) assert.ok(!text.includes('\x1b['), text);
    if ('LC_ALL' in environment) assert.match(text, /^[\0-\x7f]*$/);
  });
}

for (const [why, args, environment] of [
  ['--plain', ['--plain'], {}],
  ['--quiet', ['--quiet'], {}],
  ['TERM=dumb', [], { TERM: 'dumb' }],
  ['an empty TERM', [], { TERM: '' }],
] as const) {
  test(`draws nothing with ${why}`, { skip: SKIP }, async (t) => {
    const options = { args: ['-c', '5', ...args], environment };
    const terminal = await pingIn(t, { columns: 80, rows: 24 }, options);
    const screen = await terminal.untilScreen(/UDP works\./);
    assert.ok(!screen.some((line) => AXIS.test(line)), screen.join('\n'));
  });
}
