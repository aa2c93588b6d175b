// SPDX-License-Identifier: MIT
// The command line as a function: arguments and streams in, exit code out.

import { EchogramError } from '../errors.ts';
import { escapeText } from '../printable.ts';
import { countOf } from '../quantities.ts';
import { VERSION } from '../version.ts';
import { EXIT_FAILED, EXIT_OK, type Io } from './io.ts';
import type { LogListener } from './output.ts';

const VERSION_FLAGS: ReadonlySet<string> = new Set(['-V', '--version']);

/** Runs one command. `args` are the words after the program's name. Never rejects for wrong usage. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  // Messages are a log, whatever becomes of the data.
  io.stderr.keepLog(UNTOLD);
  const tellFailure = failureTeller(args, io);
  const exitCode = await runCommand(args, io, tellFailure);
  // Once asked to stop, the program ends even if nobody reads its output any more.
  const atMostMs = io.stop.aborted ? LAST_LINES_MS : undefined;
  await io.stdout.flush(atMostMs);
  const { failure } = io.stdout;
  if (failure !== null) io.stderr.data(`echogram: cannot write standard output (${failure})`);
  else tellMissing(io);
  await io.stderr.flush(atMostMs);
  return failure === null ? exitCode : await tellFailure('cannot write standard output');
}

/** Reports gaps in a log at the end, because nothing else does. */
function tellMissing({ stdout, stderr }: Io): void {
  const { isLog, unwrittenLines } = stdout;
  if (!isLog || unwrittenLines === 0) return;
  const lines = countOf(unwrittenLines, 'line');
  stderr.data(
    `echogram: ${lines} of standard output ${unwrittenLines === 1 ? 'is' : 'are'} missing`,
  );
}

async function runCommand(
  args: readonly string[],
  io: Io,
  tellFailure: FailureTeller,
): Promise<number> {
  // Answered before the parser is loaded, which takes longer than the rest.
  if (VERSION_FLAGS.has(args.join(' '))) {
    io.stdout.data(VERSION);
    return EXIT_OK;
  }
  try {
    const { runProgram } = await import('./program.ts');
    const { exitCode, usageError } = await runProgram(io, args);
    return usageError === undefined ? exitCode : await tellFailure(usageError);
  } catch (error) {
    if (io.stop.aborted && error === io.stop.reason) return EXIT_FAILED;
    const message = describeFailure(error);
    io.stderr.data(`echogram: ${message}`);
    return await tellFailure(message);
  }
}

/** Reports a failure where it is read, if not on standard error. @returns the exit code */
type FailureTeller = (message: string) => number | Promise<number>;

/** A Nagios scheduler reads standard output, and interprets exit code 2 as a result. */
function failureTeller([command, ...words]: readonly string[], io: Io): FailureTeller {
  const variable = io.environment['ECHOGRAM_PING_NAGIOS'] ?? '';
  const isCheck = words.includes('--nagios') || ['true', '1'].includes(variable);
  if (command !== 'ping' || !isCheck) return () => EXIT_FAILED;
  return async (message) => {
    const { tellUnknown } = await import('./nagios.ts');
    return tellUnknown(message, io);
  };
}

/** A failure that is not in the table of errors is a fault of this program. */
function describeFailure(error: unknown): string {
  if (EchogramError.is(error)) return error.message;
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `unexpected failure (${escapeText(what)}); please report it together with the command you ran`;
}

/** If messages can't be written, there is nobody to report that to. */
const UNTOLD: LogListener = { onFailure: () => undefined, onRecovery: () => undefined };

/** How long a slow reader may take for the last lines after a signal. */
const LAST_LINES_MS = 1000;
