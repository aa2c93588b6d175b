// SPDX-License-Identifier: MIT
// What signals do to the program. It imports nothing heavy, so that bin.ts can have it listen before the
// rest is loaded: a stop that comes meanwhile is then not lost.

import { getEventListeners } from 'node:events';
import { constants, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Questions } from './io.ts';

/** What ends the program, and the exit code of one that ends at once: by convention 128 + N for signal N. */
const EXIT_CODE_OF = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

type EndingSignal = keyof typeof EXIT_CODE_OF;

/** What the signals that end the program abort, with the signal's name as the reason's `code`. */
interface Stops {
  /** By the first one. */
  readonly stop: AbortSignal;
  /** By the next one, where somebody listens then. */
  readonly end: AbortSignal;
}

/** Listens for what ends the program. A signal that nothing is left for exits at once. */
export function listenForStop(): Stops {
  const stop = new AbortController();
  const end = new AbortController();
  for (const signal of endingSignals()) {
    process.on(signal, () => {
      const reason = Object.assign(new Error(`stopped by ${signal}`), { code: signal });
      if (!stop.signal.aborted) stop.abort(reason);
      else if (!end.signal.aborted && hasListener(end.signal)) end.abort(reason);
      else exit(EXIT_CODE_OF[signal], stop.signal);
    });
  }
  // Node would open its inspector, to which anybody on this host can connect and run code.
  ignore('SIGUSR1');
  // It means nothing here, and would end the program without its result.
  ignore('SIGUSR2');
  return { stop: stop.signal, end: end.signal };
}

/** What asks for the numbers so far; on Windows Ctrl-Break, as it does of ping there. */
const QUESTIONS = ['SIGQUIT', 'SIGBREAK'] as const;

/** From the start on: one that comes before there are numbers must not end the program. */
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

/**
 * Ends the program. Node's own exit waits for its threads, and one of them may wait for a name server
 * that never answers, or in open(2) for the other end of a pipe. Where a signal has stopped the program
 * meanwhile, that signal ends it, as if nobody had listened.
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

function endingSignals(): readonly EndingSignal[] {
  if (!isUnderNohup()) return ['SIGINT', 'SIGTERM', 'SIGHUP'];
  ignore('SIGHUP');
  return ['SIGINT', 'SIGTERM'];
}

/** A listener that does nothing, as Node can't ask the system to ignore a signal. */
function ignore(signal: NodeJS.Signals): void {
  // Windows knows no SIGUSR1, and raises nothing for one that it can't listen to.
  process.on(signal, () => undefined);
}

/**
 * Whether nohup(1) started the program. It has the system ignore SIGHUP, and Node resets that before any
 * of our code runs; what stays is its name where a shell notes the command in `_`, and the standard input
 * that it opens in place of a terminal: /dev/null, which can only be written to.
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

/** fcntl(2); Node has no name for it. */
const O_ACCMODE = constants.O_WRONLY | constants.O_RDWR;
