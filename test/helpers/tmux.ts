// A real terminal emulator, tmux, without a window: started at a size, typed into, read.

import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { until } from './deadline.ts';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

const CAPTURE = ['capture-pane', '-p'];

export class Tmux {
  readonly #socket: string;

  /** Starts a terminal that runs `command` and stays when it has ended; the test ends it. */
  constructor(t: TestContext, command: readonly string[], { columns, rows }: TerminalSize) {
    const folder = mkdtempSync(join(tmpdir(), 'echogram-tmux-'));
    this.#socket = join(folder, 'socket');
    const size = ['-x', String(columns), '-y', String(rows)];
    t.after(() => {
      this.#tmux('kill-server');
      rmSync(folder, { recursive: true });
    });
    // `remain-on-exit` keeps what the program has drawn; one server for each test, as none is shared.
    const keeping = [
      'set',
      '-g',
      'default-terminal',
      'tmux-256color',
      ';',
      'set',
      '-g',
      'remain-on-exit',
      'on',
      ';',
      'set',
      '-g',
      'status',
      'off',
      ';',
    ];
    const starting = ['new-session', '-d', ...size, ...command];
    this.#tmux('-f', '/dev/null', 'start-server', ';', ...keeping, ...starting);
  }

  /** What is seen, a line each; with `hasColour` what drives colours is among it. */
  screen({ hasColour = false } = {}): string[] {
    return linesOf(this.#tmux(...CAPTURE, ...(hasColour ? ['-e'] : [])));
  }

  /** Types keys by tmux' names for them, such as `C-z` and `Enter`; other texts are typed as they are. */
  press(...keys: readonly string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  /** The process that was started. */
  get processId(): number {
    return Number(this.#tmux('display-message', '-p', '#{pane_pid}'));
  }

  resize({ columns, rows }: TerminalSize): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** Resolves with the screen when it matches. */
  async untilScreen(pattern: RegExp): Promise<string[]> {
    let screen: string[] = [];
    // Not synchronously: what answers the probes may be this process.
    const shown = until(async () => {
      const { stdout } = await promisify(execFile)('tmux', ['-S', this.#socket, ...CAPTURE]);
      screen = linesOf(stdout);
      return pattern.test(screen.join('\n'));
    }, `a terminal to show ${pattern.source}`);
    await shown.catch((cause: unknown) => {
      throw new Error(`what the terminal showed instead:\n${screen.join('\n')}`, { cause });
    });
    return screen;
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, ...args], { encoding: 'utf8' });
  }
}

function linesOf(text: string): string[] {
  return text.trimEnd().split('\n');
}
