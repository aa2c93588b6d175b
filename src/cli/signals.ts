// SPDX-License-Identifier: MIT
// How signals affect the program. It imports nothing heavy, so that bin.ts can install it before the rest is loaded:
// then a stop during loading is not lost.

import { getEventListeners } from 'node:events';
import { constants, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Hangups, Questions } from './io.ts';

/** The signals that end the program, and their exit codes if it ends at once: by convention 128 + N for signal N. */
const EXIT_CODE_OF = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

type EndingSignal = keyof typeof EXIT_CODE_OF;

/** The AbortSignals that these signals abort, with the signal's name as the reason's `code`. */
interface Stops {
  /** Aborted by the first signal. */
  readonly stop: AbortSignal;
  /** Aborted by the next one, if somebody listens. */
  readonly end: AbortSignal;
  readonly hangups: Hangups;
}

/** Listens for signals that end the program. If there is nothing left to abort, a signal exits at once. */
export function listenForStop(): Stops {
  const stop = new AbortController();
  const end = new AbortController();
  let onHangup: (() => void) | undefined;
  const { ending, ignored } = endingSignals();
  // Under nohup SIGHUP does not stop the program, but still reloads a configuration.
  for (const signal of ignored) process.on(signal, () => onHangup?.());
  for (const signal of ending) {
    process.on(signal, () => {
      if (signal === 'SIGHUP' && onHangup !== undefined) {
        onHangup();
        return;
      }
      const reason = Object.assign(new Error(`stopped by ${signal}`), { code: signal });
      if (!stop.signal.aborted) stop.abort(reason);
      else if (!end.signal.aborted && hasListener(end.signal)) end.abort(reason);
      else exit(EXIT_CODE_OF[signal], stop.signal);
    });
  }
  // Otherwise Node would open its inspector, to which anybody on this host can connect and run code.
  ignore('SIGUSR1');
  // It has no meaning here, and would end the program without a result.
  ignore('SIGUSR2');
  return {
    stop: stop.signal,
    end: end.signal,
    hangups: {
      answerWith: (given) => {
        onHangup = given;
        return { [Symbol.dispose]: () => (onHangup = undefined) };
      },
    },
  };
}

/** The signals that request interim numbers; on Windows Ctrl-Break, as for ping there. */
const QUESTIONS = ['SIGQUIT', 'SIGBREAK'] as const;

/** Call it at the start: a signal that arrives before there are numbers must not end the program. */
export function listenForQuestions(): Questions {
  let answer: (() => void) | undefined;
  const ask = (): void => answer?.();
  for (const signal of QUESTIONS) process.on(signal, ask);
  return {
    answerWith: (given) => {
      answer = given;
      return { [Symbol.dispose]: () => (answer = undefined) };
    },
    decline: () => {
      for (const signal of QUESTIONS) process.off(signal, ask);
    },
  };
}

function hasListener(signal: AbortSignal): boolean {
  return getEventListeners(signal, 'abort').length > 0;
}

/** A read of a file that is followed takes that long at most, unless it hangs. */
const SHORT_READ_MS = 200;

/** Waits for what threads are about to finish, so that `exit` ends the program with its exit code. */
export async function letThreadsFinish(): Promise<void> {
  const startedAtMs = performance.now();
  while (isThreadBusy() && performance.now() - startedAtMs < SHORT_READ_MS) await pause(1);
}

/**
 * Ends the program. Node's own exit waits for its threads, and one of them may wait for a name server that never
 * answers, or in open(2) for the other end of a pipe. If a signal has stopped the program, that signal ends it, as if
 * nobody had listened.
 */
export function exit(exitCode: number, stop: AbortSignal): never {
  if (stop.aborted && isThreadBusy()) {
    const { code } = stop.reason as { code: EndingSignal };
    process.removeAllListeners(code);
    process.kill(process.pid, code);
  }
  process.exit(exitCode);
}

function isThreadBusy(): boolean {
  return process.getActiveResourcesInfo().some((name) => /^(GetAddrInfo|FS)Req/.test(name));
}

interface EndingSignals {
  readonly ending: readonly EndingSignal[];
  readonly ignored: readonly EndingSignal[];
}

function endingSignals(): EndingSignals {
  if (!isUnderNohup()) return { ending: ['SIGINT', 'SIGTERM', 'SIGHUP'], ignored: [] };
  return { ending: ['SIGINT', 'SIGTERM'], ignored: ['SIGHUP'] };
}

/** Adds a listener that does nothing, because Node can't make the system ignore a signal. */
function ignore(signal: NodeJS.Signals): void {
  // Windows has no SIGUSR1, and never raises a signal that can't be listened for.
  process.on(signal, () => undefined);
}

/**
 * True if nohup(1) started the program. It makes the system ignore SIGHUP, but Node resets that before any of our code
 * runs. What remains is its name, if a shell sets the command in `_`, and the standard input that it opens in place of
 * a terminal: /dev/null, opened for writing only.
 */
function isUnderNohup(): boolean {
  return basename(process.env['_'] ?? '') === 'nohup' || isInputWriteOnly();
}

function isInputWriteOnly(): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync('/proc/self/fdinfo/0', 'latin1'))?.[1];
    return (Number.parseInt(flags ?? '0', 8) & O_ACCMODE) === constants.O_WRONLY;
  } catch {
    return false;
  }
}

/** From fcntl(2); Node has no name for it. */
const O_ACCMODE = constants.O_WRONLY | constants.O_RDWR;
