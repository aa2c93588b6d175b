#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// The only file that touches the process, with signals.ts and job-control.ts: arguments, streams, exit code.

import { constants, fstatSync, openSync, realpathSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { WriteStream } from 'node:tty';
import { asciiText } from './ascii-text.ts';
import { JOBS } from './job-control.ts';
import { exit, listenForQuestions, listenForStop } from './signals.ts';
import { hasUtf8Locale, terminalOf } from './terminal.ts';

const { stop, end } = listenForStop();
const questions = listenForQuestions();
// Loaded after that: it takes longer than a signal may come early.
const [{ Output }, { FileStream }, { run }] = await Promise.all([
  import('./output.ts'),
  import('./file-stream.ts'),
  import('./run.ts'),
]);

type StandardStream = WriteStream & { readonly fd: number };

function writableOf(stream: StandardStream): Writable {
  if (stream.isTTY) return unblocked(stream);
  return isFile(stream.fd) ? new FileStream(stream.fd) : stream;
}

/**
 * A terminal stopped with Ctrl-S, or a slow one, would block the whole thread in write(2): Node makes
 * terminals blocking. What doesn't block is the open file, which others have too, such as the shell:
 * Linux opens another one of the same terminal for us. Where it may not (a terminal of another user),
 * writing waits. On other systems libuv has opened one of its own. Pipes and sockets don't block.
 */
function unblocked(stream: StandardStream): WriteStream {
  const own = process.platform === 'linux' ? ownTerminal(stream.fd) : stream;
  const { _handle: handle } = own as { _handle?: { setBlocking?: (isOn: boolean) => number } };
  if (own !== undefined) handle?.setBlocking?.(false);
  return own ?? stream;
}

/** A device other than a terminal, such as /dev/null, is written like a file. */
function isFile(fd: number): boolean {
  const stats = fstatSync(fd);
  return stats.isFile() || stats.isCharacterDevice();
}

function ownTerminal(fd: number): WriteStream | undefined {
  try {
    return new WriteStream(
      openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NOCTTY),
    );
  } catch {
    return undefined;
  }
}

function leaveGoneDirectory(): void {
  try {
    // process.cwd() remembers the path that it had.
    realpathSync.native('.');
  } catch {
    process.chdir('/');
  }
}

/** A terminal gets what its locale has characters for; a file or a pipe always gets UTF-8. */
function encoderOf(stream: NodeJS.WriteStream): ((text: string) => string) | undefined {
  const isAscii = stream.isTTY && !hasUtf8Locale(process.env, process.platform);
  return isAscii ? asciiText : undefined;
}

const exitCode = await run(process.argv.slice(2), {
  environment: process.env,
  // Not before it is read: Node takes the blocking from the terminal behind it.
  get stdin() {
    return process.stdin;
  },
  stdout: new Output(writableOf(process.stdout), encoderOf(process.stdout)),
  stderr: new Output(writableOf(process.stderr), encoderOf(process.stderr)),
  terminal: terminalOf(process.stdout, process.env, process.platform, JOBS),
  stop,
  end,
  questions,
  leaveGoneDirectory,
});
// A reader that has stopped would keep the process alive with what it has not taken.
exit(exitCode, stop);
