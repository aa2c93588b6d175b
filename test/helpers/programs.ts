// Real programs as peers: started, spoken to, and always ended.

import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { deadline } from './deadline.ts';
import { repositoryPath } from './repository.ts';

/** The command line under test: the bundle that users get. */
export const BIN = repositoryPath('dist/cli/bin.cjs');

/** A program's whole output and how it ended. */
export interface Ending {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running program whose output is collected. */
export class Program {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #name: string;
  readonly #ended: Promise<Ending>;
  #onOutput: (() => void) | undefined;

  /**
   * Starts `command`; the test ends it, however the test itself ends. What it has started itself ends
   * with it where it leads a process group (`detached`).
   */
  constructor(
    t: TestContext,
    command: string,
    args: readonly string[],
    options: SpawnOptions = {},
  ) {
    this.#name = [command, ...args].join(' ');
    const env = withoutNohup(options.env ?? process.env);
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options, env });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#onOutput?.();
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#onOutput?.();
    });
    // It may end before it reads what it is given.
    this.child.stdin?.on('error', () => undefined);
    this.#ended = once(this.child, 'close').then(([exitCode, signal]) => ({
      stdout: this.stdout,
      stderr: this.stderr,
      exitCode: exitCode as number | null,
      signal: signal as NodeJS.Signals | null,
    }));
    const exited = new Promise((resolve) =>
      this.child.once('exit', resolve).once('error', resolve),
    );
    t.after(async () => {
      if (options.detached === true) this.killGroup('SIGKILL');
      else this.child.kill('SIGKILL');
      await exited;
      // What it started may hold the other ends for ever, and must not hold the test.
      this.child.stdout?.destroy();
      this.child.stderr?.destroy();
    });
  }

  /** Sends a signal to all of a group that was started as `detached`; to nobody if it is gone. */
  killGroup(signal: NodeJS.Signals): void {
    const { pid } = this.child;
    try {
      if (pid !== undefined) process.kill(-pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** Resolves when standard output matches; rejects where the program ends without that. */
  async untilStdout(pattern: RegExp): Promise<RegExpMatchArray> {
    return await this.#until('stdout', pattern);
  }

  /** Resolves when standard error matches; rejects where the program ends without that. */
  async untilStderr(pattern: RegExp): Promise<RegExpMatchArray> {
    return await this.#until('stderr', pattern);
  }

  /** Resolves when the program has ended. */
  async ended(): Promise<Ending> {
    return await deadline(
      this.#ended,
      () => `${this.#name} to end; it printed:\n${this.stdout}${this.stderr}`,
    );
  }

  async #until(output: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpMatchArray> {
    const what = (): string =>
      `${this.#name} to print ${pattern.source}; it printed:\n${this.stdout}${this.stderr}`;
    const matched = new Promise<RegExpMatchArray>((resolve) => {
      this.#onOutput = () => {
        const match = pattern.exec(this[output]);
        if (match !== null) resolve(match);
      };
      this.#onOutput();
    });
    const endedFirst = this.#ended.then(() => {
      throw new Error(`it ended, while the test waited for ${what()}`);
    });
    return await deadline(Promise.race([matched, endedFirst]), what);
  }
}

/**
 * Where the tests themselves run under nohup(1), the shell's note of that in `_` would reach the program, which
 * then ignores SIGHUP (src/cli/signals.ts). Node has reset the signal itself.
 */
function withoutNohup(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, _: undefined };
}

/** Starts `echogram` with these arguments. */
export function startEchogram(
  t: TestContext,
  args: readonly string[],
  options: SpawnOptions = {},
): Program {
  return new Program(t, process.execPath, [BIN, ...args], options);
}

/** Runs `echogram` to its end, with `input` on standard input. */
export async function runEchogram(
  t: TestContext,
  args: readonly string[],
  input: string | Uint8Array = '',
): Promise<Ending> {
  const program = startEchogram(t, args);
  program.child.stdin?.end(input);
  return await program.ended();
}

/** Starts `echogram serve` on a free port and resolves with it and the port, once it listens. */
export async function startServer(
  t: TestContext,
  ...args: readonly string[]
): Promise<{ server: Program; port: number }> {
  const server = startEchogram(t, ['serve', '--port', '0', ...args]);
  const match = await server.untilStdout(/starting up on \S+ port (\d+)\n|"port":(\d+)/);
  return { server, port: Number(match[1] ?? match[2]) };
}

/** True if the program is installed. */
export function isInstalled(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
}

/** True once each thread of a program obeys SIGSTOP; proc(5), the field after the name. */
export function isStopped(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).every((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1');
    return stat.includes(') T ');
  });
}
