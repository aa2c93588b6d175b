// The table of a watch on real terminals: small, without colours, without UTF-8, and its keys.

import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { BIN } from '../helpers/programs.ts';
import { needsProgram } from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { Tmux, type TerminalSize } from '../helpers/tmux.ts';

const SCREEN = needsProgram('tmux');

const SIZE = { columns: 80, rows: 24 };

interface Given {
  readonly targets?: number;
  readonly size?: TerminalSize;
  readonly environment?: readonly string[];
  /** Where its configuration is, as `w.json`. */
  readonly folder?: string;
}

/** A watch on a terminal that stays when it has ended; its targets work. */
async function watchOnScreen(
  t: TestContext,
  { targets = 2, size = SIZE, environment = [], folder = temporaryFolder(t) }: Given = {},
): Promise<Tmux> {
  const echo = await PlainEcho.open();
  t.after(() => echo[Symbol.asyncDispose]());
  const names = Array.from({ length: targets }, (_, at) => ({
    name: `t${at}`,
    host: `127.0.0.1:${echo.port}`,
  }));
  const config = JSON.stringify({
    probes: { default: { interval: '50ms', timeout: '5s' } },
    targets: [{ static: names }],
  });
  const script = 'trap : INT; printf %s "$0" > "$1/w.json"; shift; "$@"; echo "ended $?"; exec cat';
  const watch = [
    process.execPath,
    BIN,
    'watch',
    '--config',
    `${folder}/w.json`,
    '--listen',
    'none',
  ];
  const set = ['env', 'LC_ALL=C.UTF-8', 'TERM=xterm-256color', ...environment];
  return new Tmux(t, ['sh', '-c', script, config, folder, ...set, ...watch], size);
}

test('q quits with a line for each target, and exit code 0', { skip: SCREEN }, async (t) => {
  const terminal = await watchOnScreen(t);
  await terminal.untilScreen(
    /^2 targets: works 2 .*\? help\ntarget +state +loss[^]*^t0 +works +0 %/m,
  );
  terminal.press('?');
  await terminal.untilScreen(/keys +q quits as Ctrl-C does/);
  terminal.press('Space');
  await terminal.untilScreen(/frozen +the watch goes on/);
  terminal.press('q');
  const screen = await terminal.untilScreen(/^--- 2 targets[^]*^ended 0$/m);
  assert.match(screen.join('\n'), /^t0: \d+ sent, 0 lost, 0 late \(0 %\)/m);
});

test(
  'in a small window no line is wrapped, and the rest is counted',
  { skip: SCREEN },
  async (t) => {
    const terminal = await watchOnScreen(t, { targets: 30, size: { columns: 40, rows: 10 } });
    const screen = await terminal.untilScreen(/^and \d+ more, all working$/m);
    const rows = screen.filter((line) => /^t\d+ +works +0 %$/.test(line));
    const [, more] = /^and (\d+) more/m.exec(screen.join('\n'))!;
    assert.equal(rows.length + Number(more), 30);
  },
);

test(
  'without UTF-8 the table is ASCII, and NO_COLOR leaves no colour',
  { skip: SCREEN },
  async (t) => {
    const environment = ['LC_ALL=C', 'NO_COLOR=1'];
    const terminal = await watchOnScreen(t, { environment });
    // The strip has a cell once ten seconds are over, or the first column is open.
    await terminal.untilScreen(/^t0 +works +0 % +\S+ us +\S+ [um]s +[.:*#]/m);
    const screen = terminal.screen({ hasColour: true }).join('\n');
    assert.ok(!/\x1b\[[\d;]*[34]8;5;/.test(screen), JSON.stringify(screen));
    assert.ok(/^[\x00-\x7f]*$/.test(screen), JSON.stringify(screen));
  },
);

test('a new configuration is told once', { skip: SCREEN }, async (t) => {
  const folder = temporaryFolder(t);
  const terminal = await watchOnScreen(t, { folder });
  await terminal.untilScreen(/works 2/);
  // A reader must never see half of it.
  writeFileSync(`${folder}/new`, 'targets: [127.0.0.1]');
  renameSync(`${folder}/new`, `${folder}/w.json`);
  await terminal.untilScreen(/ - config_reloaded the configuration was replaced$/m);
  terminal.press('q');
  const screen = await terminal.untilScreen(/^ended 0$/m);
  assert.equal(screen.filter((line) => line.includes('configuration was replaced')).length, 1);
});

test('after Ctrl-C the terminal takes lines again', { skip: SCREEN }, async (t) => {
  const terminal = await watchOnScreen(t);
  await terminal.untilScreen(/works 2/);
  terminal.press('C-c');
  await terminal.untilScreen(/^ended 0$/m);
  // `cat` repeats a line, which the terminal has shown as it was typed.
  terminal.press('typed', 'Enter');
  await terminal.untilScreen(/^typed\ntyped$/m);
});
