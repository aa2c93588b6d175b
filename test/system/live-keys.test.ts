// The keys of the live view, typed into real terminals, and what is left of these afterwards.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { SessionResult } from '../../src/index.ts';
import { until } from '../helpers/deadline.ts';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { startPeer } from '../helpers/peers.ts';
import { BIN } from '../helpers/programs.ts';
import { firstSkip, needsLinux, needsProgram } from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { Tmux } from '../helpers/tmux.ts';

const SCREEN = needsProgram('tmux');
const SHELL = firstSkip(needsLinux(), SCREEN, needsProgram('bash'));
const TERMIOS = firstSkip(needsLinux(), needsProgram('python3'));

const SIZE = { columns: 80, rows: 40 };

async function pingCommand(t: TestContext, ...args: readonly string[]): Promise<readonly string[]> {
  const echo = await PlainEcho.open();
  t.after(() => echo[Symbol.asyncDispose]());
  const ping = [process.execPath, BIN, 'ping', `127.0.0.1:${echo.port}`, '-i', '20ms', '-W', '20s'];
  return ['env', 'LC_ALL=C.UTF-8', 'TERM=xterm-256color', ...ping, ...args];
}

/** A measurement on a terminal that stays when it has ended. */
async function pingOnScreen(t: TestContext, ...args: readonly string[]): Promise<Tmux> {
  const kept = ['sh', '-c', 'trap : INT; "$@"; echo "ended $?"; exec cat', 'sh'];
  const terminal = new Tmux(t, [...kept, ...(await pingCommand(t, ...args))], SIZE);
  await terminal.untilScreen(/\? help\n[^]*\d{2,} replies, /);
  return terminal;
}

/** How many probes the picture says were answered; NaN while it is being drawn. */
function repliesOn(screen: readonly string[]): number {
  const [, count] = / ([\d,]+) replies, /.exec(screen.join('\n')) ?? [];
  return count === undefined ? NaN : Number(count.replaceAll(',', ''));
}

test('q quits with result and verdict, as one Ctrl-C', { skip: SCREEN }, async (t) => {
  for (const key of ['q', 'C-c']) {
    const records = join(temporaryFolder(t), 'records.jsonl');
    const terminal = await pingOnScreen(t, '--jsonl', records);
    terminal.press(key);
    const screen = await terminal.untilScreen(/^UDP works[^]*^ended 0$/m);
    assert.ok(!screen.some((line) => line.includes('^C')), screen.join('\n'));
    const last = readFileSync(records, 'utf8').trimEnd().split('\n').at(-1)!;
    const { result } = JSON.parse(last) as { result: SessionResult };
    assert.equal(result.endedBy.code, 'SIGINT');
  }
});

test(
  'space freezes the picture and the lines above, not the measurement',
  { skip: SCREEN },
  async (t) => {
    const terminal = await pingOnScreen(t);
    terminal.press('Space');
    const frozen = await terminal.untilScreen(/ frozen {2}the measurement goes on/);
    // What answers is this process: its screen is read only when many more replies must have been drawn.
    terminal.press('?');
    const later = await terminal.untilScreen(/ keys {2}q quits/);
    assert.equal(repliesOn(later), repliesOn(frozen));
    terminal.press('Space');
    await terminal.untilScreen(/^(?![^]* frozen )[^]* replies, /);
    let goesOn: string[] = [];
    const isLater = (): boolean => repliesOn((goesOn = terminal.screen())) > repliesOn(frozen);
    await until(isLater, 'more replies than when it froze');
    // The lines that waited are there, none is missing.
    const numbers = goesOn.flatMap((line) => /^reply seq=(\d+) /.exec(line)?.[1] ?? []).map(Number);
    assert.deepEqual(
      numbers,
      numbers.map((_, at) => numbers[0]! + at),
    );
  },
);

test('r resets the view, and the result is still of everything', { skip: SCREEN }, async (t) => {
  const terminal = await pingOnScreen(t, '-i', '5ms');
  const before = repliesOn(await terminal.untilScreen(/ [\d,]{3,} replies, /));
  terminal.press('r');
  const reset = await terminal.untilScreen(
    /^\(view reset after [\d.]+ m?s: .* the result keeps everything\)$[^]*, view reset [\d.]+ m?s ago {2,}\? help\n[^]* replies, /m,
  );
  assert.ok(repliesOn(reset) < before, reset.join('\n'));
  terminal.press('q');
  const ended = await terminal.untilScreen(/^ended 0$/m);
  const sent = Number(/^(\d+) probes sent /m.exec(ended.join('\n').replaceAll(',', ''))?.[1]);
  assert.ok(sent > repliesOn(ended) && sent >= before, ended.join('\n'));
});

test('? shows the keys and hides them, and other keys do nothing', { skip: SCREEN }, async (t) => {
  const terminal = await pingOnScreen(t);
  terminal.press('?');
  await terminal.untilScreen(/ keys {2}q quits as Ctrl-C does, space freezes the picture, /);
  // An arrow, a function key and Alt-q are sequences that have letters in them.
  terminal.press('x', 'Up', 'F5', 'M-q', 'Enter', '?');
  await terminal.untilScreen(/^(?![^]* keys )[^]* replies, /);
});

test('Ctrl-\\ asks for the numbers so far, of a frozen view too', { skip: SCREEN }, async (t) => {
  const kept = ['sh', '-c', 'trap : QUIT; "$@"; exec cat', 'sh'];
  const terminal = new Tmux(t, [...kept, ...(await pingCommand(t, '-i', '200ms'))], SIZE);
  await terminal.untilScreen(/\d replies, /);
  terminal.press('Space');
  await terminal.untilScreen(/ frozen /);
  terminal.press('C-\\');
  await terminal.untilScreen(/^echogram: after \S+ m?s: \d+ probes sent, [^]* frozen /m);
});

test(
  'Ctrl-Z leaves the terminal to the shell, and keys work again after fg',
  { skip: SHELL },
  async (t) => {
    const terminal = new Tmux(t, ['env', 'PS1=$ ', 'bash', '--norc', '-i'], SIZE);
    await terminal.untilScreen(/^\$/m);
    const command = (await pingCommand(t)).map((word) => `'${word}'`).join(' ');
    for (const go of ['fg', 'bg; fg']) {
      terminal.press(`clear; ${go === 'fg' ? command : 'fg'}`, 'Enter');
      await terminal.untilScreen(/\? help\n[^]* replies, /);
      terminal.press('C-z');
      await terminal.untilScreen(/Stopped[^]*\n\$$/);
      terminal.press("clear; stty -a | grep -oE -- '-?(icanon|isig|echo) '", 'Enter');
      await terminal.untilScreen(/^isig *\nicanon *\necho *\n\$$/m);
      terminal.press(`clear; ${go}`, 'Enter');
      await terminal.untilScreen(/\? help\n[^]* replies, /);
      terminal.press('?');
      await terminal.untilScreen(/ keys {2}q quits/);
      terminal.press('?', 'C-z');
      await terminal.untilScreen(/Stopped[^]*\n\$$/);
    }
    terminal.press('clear; fg', 'Enter');
    await terminal.untilScreen(/\? help\n[^]* replies, /);
    terminal.press('q');
    await terminal.untilScreen(/^UDP works[^]*\n\$$/m);
    terminal.press("clear; stty -a | grep -oE -- '-?(icanon|isig|echo) '", 'Enter');
    await terminal.untilScreen(/^isig *\nicanon *\necho *\n\$$/m);
  },
);

interface Kept {
  readonly during: Readonly<Record<'isLineEdited' | 'isEchoed' | 'isBlocking', boolean>>;
  readonly isRestored: boolean;
  readonly code: number;
}

async function keptBy(
  t: TestContext,
  stdin: 'terminal' | 'null',
  steps: readonly string[],
  command: readonly string[],
): Promise<Kept> {
  const { stdout, stderr } = await startPeer(
    t,
    'keyed_terminal.py',
    stdin,
    ...steps,
    '--',
    ...command,
  ).ended();
  assert.equal(stderr, '');
  return JSON.parse(stdout) as Kept;
}

const TAKEN = { isLineEdited: false, isEchoed: false, isBlocking: true };

/** A module that has the program fail when it gets SIGUSR2, as a fault of its own would. */
const FAULT = `data:text/javascript,${encodeURIComponent("process.on('SIGUSR2', () => { throw new Error('made to fail'); });")}`;

for (const [how, steps, args, code] of [
  ['its end', [], ['-c', '50'], 0],
  ['q', ['key:q'], [], 0],
  ['Ctrl-C', ['key:\x03'], [], 0],
  ['two Ctrl-C', ['key:\x03', 'key:\x03'], [], 0],
  ['SIGTERM', ['signal:SIGTERM'], [], 0],
  ['SIGHUP', ['signal:SIGHUP'], [], 0],
  [
    'Ctrl-S, Ctrl-Q and q',
    ['key:\x13', 'shows: frozen ', 'key:\x11', 'shows: replies, ', 'key:q'],
    [],
    0,
  ],
  ['q while it is frozen', ['key: ', 'shows: frozen ', 'key:q'], [], 0],
] as const) {
  test(`after ${how} the terminal is as it was`, { skip: TERMIOS }, async (t) => {
    const command = await pingCommand(t, ...args);
    assert.deepEqual(await keptBy(t, 'terminal', steps, command), {
      during: TAKEN,
      isRestored: true,
      code,
    });
  });
}

test('after a fault of the program the terminal is as it was', { skip: TERMIOS }, async (t) => {
  const [env, ...command] = await pingCommand(t);
  const failing = [env!, `NODE_OPTIONS=--import=${FAULT}`, ...command];
  const kept = await keptBy(t, 'terminal', ['signal:SIGUSR2'], failing);
  assert.deepEqual([kept.during, kept.isRestored], [TAKEN, true]);
  assert.notEqual(kept.code, 0);
});

test(
  'where standard input is no terminal no keys are taken, and Ctrl-C is the terminal’s',
  { skip: TERMIOS },
  async (t) => {
    const command = await pingCommand(t);
    assert.deepEqual(await keptBy(t, 'null', ['key:q', 'key:\x03'], command), {
      during: { isLineEdited: true, isEchoed: true, isBlocking: true },
      isRestored: true,
      code: 0,
    });
  },
);
