import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasUtf8Locale, terminalOf } from '../../../src/cli/terminal.ts';

for (const [env, expected] of [
  [{ LANG: 'en_GB.UTF-8' }, true],
  [{ LANG: 'C.utf8' }, true],
  [{ LANG: 'de_DE.UTF-8@euro' }, true],
  [{ LC_CTYPE: 'UTF-8' }, true],
  [{}, false],
  [{ LANG: 'C' }, false],
  [{ LANG: 'POSIX' }, false],
  [{ LANG: 'en_GB' }, false],
  [{ LANG: 'ja_JP.eucJP' }, false],
  [{ LANG: 'de_DE@UTF-8' }, false],
  // POSIX, Base Definitions, 8.2: LC_ALL, then LC_CTYPE, then LANG; an empty one is as good as unset.
  [{ LC_ALL: 'C', LC_CTYPE: 'en_GB.UTF-8', LANG: 'en_GB.UTF-8' }, false],
  [{ LC_ALL: 'en_GB.UTF-8', LC_CTYPE: 'C', LANG: 'C' }, true],
  [{ LC_ALL: '', LC_CTYPE: 'C', LANG: 'en_GB.UTF-8' }, false],
  [{ LC_ALL: '', LC_CTYPE: '', LANG: 'en_GB.UTF-8' }, true],
  [{ LC_MESSAGES: 'C', LANG: 'en_GB.UTF-8' }, true],
] as const) {
  test(`a terminal under ${JSON.stringify(env)} ${expected ? 'shows UTF-8' : 'is given ASCII'}`, () => {
    assert.equal(hasUtf8Locale(env, 'linux'), expected);
    // Windows has no such variables, and Node writes UTF-16 to its consoles.
    assert.equal(hasUtf8Locale(env, 'win32'), true);
  });
}

const nothing = (): void => undefined;
const JOBS = {
  isInForeground: () => true,
  signalForeground: nothing,
  interrupt: nothing,
  onSuspension: () => nothing,
};
const SCREEN = { isTTY: true, columns: 100, rows: 30, hasColors: () => true };

test('a terminal that can be drawn over is one that says what it is', () => {
  for (const TERM of [undefined, '', 'dumb', 'unknown']) {
    assert.equal(terminalOf(SCREEN, { TERM }, 'linux', JOBS, undefined), undefined);
  }
  assert.ok(terminalOf(SCREEN, { TERM: 'xterm' }, 'linux', JOBS, undefined) !== undefined);
  assert.ok(terminalOf(SCREEN, {}, 'win32', JOBS, undefined) !== undefined);
  assert.equal(
    terminalOf({ ...SCREEN, isTTY: false }, { TERM: 'xterm' }, 'linux', JOBS, undefined),
    undefined,
  );
});

test('NO_COLOR takes the colour and nothing else, unless it is empty', () => {
  const isColoured = (NO_COLOR: string): boolean | undefined =>
    terminalOf(SCREEN, { TERM: 'xterm', NO_COLOR }, 'linux', JOBS, undefined)?.hasColour;
  assert.deepEqual(['1', 'false', ''].map(isColoured), [false, false, true]);
});

test('each size that a terminal does not know is the usual one', () => {
  const sizeOf = (columns: number, rows: number): unknown[] => {
    const screen = terminalOf(
      { ...SCREEN, columns, rows },
      { TERM: 'xterm' },
      'linux',
      JOBS,
      undefined,
    );
    return [screen?.columns, screen?.rows];
  };
  assert.deepEqual(sizeOf(0, 0), [80, 24]);
  assert.deepEqual(sizeOf(0, 50), [80, 50]);
  assert.deepEqual(sizeOf(132, 0), [132, 24]);
  assert.deepEqual(sizeOf(1, 1), [1, 1]);
});
