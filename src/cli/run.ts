// SPDX-License-Identifier: MIT
// The command line as a function: arguments and streams in, exit code out.

import { CommanderError, type Command } from 'commander';
import { EchogramError } from '../errors.ts';
import { EXIT_FAILED, EXIT_OK, type Io } from './io.ts';
import { createProgram } from './program.ts';

/** Runs one command. `args` are the words after the program's name. Never rejects for wrong usage. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  let exitCode = EXIT_OK;
  const program = createProgram(io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(askedOf(program, args), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_FAILED;
    if (io.stop.aborted) return EXIT_FAILED;
    if (!EchogramError.is(error)) throw error;
    io.stderr.data(`echogram: ${error.message}`);
    return EXIT_FAILED;
  } finally {
    // Once asked to stop, the program ends even where nobody reads its output any more.
    const atMostMs = io.stop.aborted ? LAST_LINES_MS : undefined;
    await Promise.all([io.stdout.flush(atMostMs), io.stderr.flush(atMostMs)]);
  }
}

/** Where help is wanted of no known command, what that would say: commander prints its whole usage. */
function askedOf(program: Command, args: readonly string[]): readonly string[] {
  const [first, name] = args;
  const isHelp = first === 'help' && name !== undefined;
  const isKnown = program.commands.some((command) => command.name() === name);
  return isHelp && !isKnown ? args.slice(1) : args;
}

/** Time given to a slow reader for the last lines after a signal. */
const LAST_LINES_MS = 1000;
