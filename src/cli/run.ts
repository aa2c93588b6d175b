// SPDX-License-Identifier: MIT
// The command line as a function: arguments and streams in, exit code out.

import { CommanderError, type Command } from 'commander';
import { EchogramError } from '../errors.ts';
import { escapeText } from '../printable.ts';
import { countOf } from '../quantities.ts';
import { EXIT_FAILED, EXIT_OK, type Io } from './io.ts';
import type { LogListener } from './output.ts';
import { createProgram } from './program.ts';

/** Runs one command. `args` are the words after the program's name. Never rejects for wrong usage. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  // Messages are one, whoever reads the data.
  io.stderr.keepLog(UNTOLD);
  const exitCode = await runCommand(args, io);
  // Once asked to stop, the program ends even where nobody reads its output any more.
  const atMostMs = io.stop.aborted ? LAST_LINES_MS : undefined;
  await io.stdout.flush(atMostMs);
  const { failure } = io.stdout;
  if (failure !== null) io.stderr.data(`echogram: cannot write standard output (${failure})`);
  else tellMissing(io);
  await io.stderr.flush(atMostMs);
  return failure === null ? exitCode : EXIT_FAILED;
}

/** Where a log has gaps, of which nobody else is told at the end. */
function tellMissing({ stdout, stderr }: Io): void {
  const { isLog, unwrittenLines } = stdout;
  if (!isLog || unwrittenLines === 0) return;
  const lines = countOf(unwrittenLines, 'line');
  stderr.data(
    `echogram: ${lines} of standard output ${unwrittenLines === 1 ? 'is' : 'are'} missing`,
  );
}

async function runCommand(args: readonly string[], io: Io): Promise<number> {
  let exitCode = EXIT_OK;
  try {
    const program = await createProgram(io, args, (code) => {
      exitCode = code;
    });
    await program.parseAsync(askedOf(program, args), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_FAILED;
    if (io.stop.aborted && error === io.stop.reason) return EXIT_FAILED;
    io.stderr.data(`echogram: ${describeFailure(error)}`);
    return EXIT_FAILED;
  }
}

/** A failure that the table of errors doesn't know is a fault of this program. */
function describeFailure(error: unknown): string {
  if (EchogramError.is(error)) return error.message;
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `unexpected failure (${escapeText(what)}); please report it with the command you gave`;
}

/** Where help is wanted of no known command, what that would say: commander prints its whole usage. */
function askedOf(program: Command, args: readonly string[]): readonly string[] {
  const [first, name] = args;
  const isHelp = first === 'help' && name !== undefined;
  const isKnown = program.commands.some((command) => command.name() === name);
  return isHelp && !isKnown ? args.slice(1) : args;
}

/** Nobody is left to tell of failures to tell. */
const UNTOLD: LogListener = { onFailure: () => undefined, onRecovery: () => undefined };

/** Time given to a slow reader for the last lines after a signal. */
const LAST_LINES_MS = 1000;
