// SPDX-License-Identifier: MIT
// Connects the command line to the process: arguments, streams, exit code. Only this file, signals.ts and
// job-control.ts touch the process.

import { constants, fstatSync, openSync, realpathSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { isatty, ReadStream, WriteStream } from 'node:tty';
import { asciiText } from './ascii-text.ts';
import type { Keyboard } from './io.ts';
import { JOBS } from './job-control.ts';
import { RawKeyboard, type KeySource } from './keyboard.ts';
import { exit, letThreadsFinish, listenForQuestions, listenForStop } from './signals.ts';
import { takeServiceEnvironment } from '../service-manager/service-environment.ts';
import { wrapWords } from '../report/wrap-words.ts';
import { hasUtf8Locale, terminalOf, USUAL_COLUMNS } from './terminal.ts';

const { stop, end, hangups } = listenForStop();
const questions = listenForQuestions();
// What `main` imports is loaded after that, because loading takes so long that a signal may arrive meanwhile.

type StandardStream = WriteStream & { readonly fd: number };

async function writableOf(stream: StandardStream): Promise<Writable> {
  if (stream.isTTY) return unblocked(stream);
  if (!isFile(stream.fd)) return stream;
  const { FileStream } = await import('./file-stream.ts');
  return new FileStream(stream.fd);
}

/**
 * A terminal stopped with Ctrl-S, or a slow one, would block the whole thread in write(2): Node makes
 * terminals blocking. What doesn't block is the open file, which others have too, such as the shell:
 * Linux opens another one of the same terminal for us. If it may not (a terminal of another user),
 * writing waits. On other systems libuv has opened one of its own. Pipes and sockets don't block.
 */
function unblocked(stream: StandardStream): WriteStream {
  const own =
    process.platform === 'linux'
      ? opened(stream.fd, constants.O_WRONLY, (fd) => new WriteStream(fd))
      : stream;
  const { _handle: handle } = own as { _handle?: { setBlocking?: (isOn: boolean) => number } };
  if (own !== undefined) handle?.setBlocking?.(false);
  return own ?? stream;
}

/** A device other than a terminal, such as /dev/null, is written like a file. */
function isFile(fd: number): boolean {
  const stats = fstatSync(fd);
  return stats.isFile() || stats.isCharacterDevice();
}

/** Opens the same terminal again, as a separate open file. */
function opened<T>(fd: number, access: number, make: (own: number) => T): T | undefined {
  try {
    return make(openSync(`/proc/self/fd/${fd}`, access | constants.O_NOCTTY));
  } catch {
    return undefined;
  }
}

/**
 * As for writing, a separate open file: settings that libuv makes on the shell's open file, such as non-blocking,
 * affect all programs that share it.
 */
const OWN_INPUT: KeySource = {
  open: () => opened(0, constants.O_RDONLY, (fd) => new ReadStream(fd)),
  close: (input) => input.destroy(),
};

const SHARED_INPUT: KeySource = {
  open: () => process.stdin,
  close: (input) => input.pause(),
};

function keyboardOf(fd: number): Keyboard | undefined {
  if (!isatty(fd)) return undefined;
  const source = process.platform === 'linux' ? OWN_INPUT : SHARED_INPUT;
  const keyboard = new RawKeyboard(source, JOBS);
  // However the program ends, except by SIGKILL, the shell gets its terminal back as it was.
  process.once('exit', () => {
    keyboard.leave();
  });
  return keyboard;
}

function leaveGoneDirectory(): void {
  try {
    // process.cwd() remembers the path that it had.
    realpathSync.native('.');
  } catch {
    process.chdir('/');
  }
}

/** A terminal gets only characters that its locale has; a file or a pipe always gets UTF-8. */
function encode(stream: NodeJS.WriteStream, text: string): string {
  const isAscii = stream.isTTY && !hasUtf8Locale(process.env, process.platform);
  return isAscii ? asciiText(text) : text;
}

/** Messages are sentences: on a terminal they wrap between words. */
function encodeProse(stream: NodeJS.WriteStream, text: string): string {
  const columns = columnsOf(stream);
  const lines = encode(stream, text).split('\n');
  return lines.flatMap((line) => wrapWords(line, columns)).join('\n');
}

/** Node keeps the terminal's size up to date. */
function columnsOf(stream: NodeJS.WriteStream): number | undefined {
  return stream.isTTY ? stream.columns || USUAL_COLUMNS : undefined;
}

async function main(): Promise<void> {
  const { stdout, stderr } = process;
  const [{ Output }, { run }] = await Promise.all([import('./output.ts'), import('./run.ts')]);
  const exitCode = await run(process.argv.slice(2), {
    environment: process.env,
    service: takeServiceEnvironment(process),
    // Created only when it is read, because Node makes the terminal behind it non-blocking.
    get stdin() {
      return process.stdin;
    },
    stdout: new Output(
      await writableOf(stdout),
      (text) => encode(stdout, text),
      () => columnsOf(stdout),
    ),
    stderr: new Output(
      await writableOf(stderr),
      (text) => encodeProse(stderr, text),
      () => columnsOf(stderr),
    ),
    terminal: terminalOf(stdout, process.env, process.platform, JOBS, keyboardOf(0)),
    stop,
    end,
    questions,
    hangups,
    leaveGoneDirectory,
  });
  // A reader that stopped reading would keep the process alive with its unread output.
  await letThreadsFinish();
  exit(exitCode, stop);
}

void main();
