// The live picture of echogram load, in a real terminal emulator.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { BIN, startServer } from '../helpers/programs.ts';
import { needsProgram } from '../helpers/skips.ts';
import { Tmux, type TerminalSize } from '../helpers/tmux.ts';

const skip = needsProgram('tmux');

async function loadIn(
  t: TestContext,
  size: TerminalSize,
  environment: Readonly<Record<string, string>> = {},
): Promise<Tmux> {
  const { port } = await startServer(t);
  const variables = Object.entries({ LC_ALL: 'C.UTF-8', ...environment });
  const set = variables.map(([name, value]) => `${name}=${value}`);
  const load = ['env', ...set, process.execPath, BIN, 'load', `127.0.0.1:${port}`];
  // The shell keeps the terminal: as the last program ends, tmux may close it before it has drawn all.
  return new Tmux(t, ['sh', '-c', '"$@"; echo "ended $?"; exec cat', 'sh', ...load], size);
}

test('shows the current trial, the bracket and response time against load', { skip }, async (t) => {
  const terminal = await loadIn(t, { columns: 80, rows: 24 });
  const screen = await terminal.untilScreen(
    /^ {5}now {2}ramp \S+\/s [▓░]{20} of 1 s, budget 60 s$/m,
  );
  assert.match(screen.join('\n'), /^ {10}127\.0\.0\.1 port \d+, [\d.]+ m?s/m);
  const drawn = await terminal.untilScreen(/^ *[\d.]+ [mµ]?s ┤.*[█▒]/m);
  const text = drawn.join('\n');
  assert.match(text, /^ramp +100\/s for /m);
  assert.match(text, /^ {2}failed │/m);
  assert.match(text, /^ {9}└ [\d.,]+\/s ─+ [\d.,]+\/s$/m);
  assert.match(text, /^ {10}response █ p50 ▒ p99 {2}× lost {2}~ queue grew {2}! this host$/m);
  assert.match(text, /^ {4}rate {2}/m);
  assert.ok(drawn.every((line) => line.length <= 80));
});

test('q ends it with what is known, and the picture stays', { skip }, async (t) => {
  const terminal = await loadIn(t, { columns: 80, rows: 40 });
  await terminal.untilScreen(/^ramp +100\/s/m);
  terminal.press('?');
  await terminal.untilScreen(/q quits as Ctrl-C does, space freezes the picture/);
  terminal.press('q');
  const text = (await terminal.untilScreen(/^ended [01]$/m)).join('\n');
  assert.match(text, /^Stopped before the answer was known: /m);
  assert.match(text, /^ {9}└ /m);
});

test('NO_COLOR and a terminal of ASCII get both', { skip }, async (t) => {
  const terminal = await loadIn(t, { columns: 80, rows: 24 }, { NO_COLOR: '1', LC_ALL: 'C' });
  await terminal.untilScreen(/^ *[\d.]+ [mu]?s \+.*[#:]/m);
  const text = terminal.screen({ hasColour: true }).join('\n');
  assert.doesNotMatch(text, /\x1b\[|[^\0-\x7f]/);
});

for (const [columns, rows] of [
  [80, 10],
  [30, 24],
] as const) {
  test(`${columns} × ${rows} has room for the words alone`, { skip }, async (t) => {
    const terminal = await loadIn(t, { columns, rows });
    const screen = await terminal.untilScreen(/\brate {2}/);
    assert.ok(!screen.some((line) => line.includes('└')), screen.join('\n'));
    assert.ok(screen.every((line) => line.length <= columns));
  });
}
