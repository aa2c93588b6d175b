// SPDX-License-Identifier: MIT
// Runs the command that a command line names.

import { Command, CommanderError } from 'commander';
import { escapeText } from '../printable.ts';
import { VERSION } from '../version.ts';
import { adaptCommander } from './adapt-commander.ts';
import { CommandFlags } from './command-flags.ts';
import { COMMANDS, type Define } from './command-list.ts';
import { EXIT_OK, type Io } from './io.ts';

const HELP = `
Two hosts:
  echogram serve --host 0.0.0.0        on one of them, say 192.0.2.7: answer (:: with IPv6)
  echogram send 192.0.2.7              on the other one: does UDP work?
  echogram ping 192.0.2.7 -c 100       how well does it work?

Examples:
  echogram demo                        server and client in one terminal
  echogram serve                       answer on localhost port 10000
  echogram send                        send it a message
  echogram send 192.0.2.7:7000 hello   another message, to another host and port

Exit codes: 0 success, 1 no reply, a wrong reply or a failed threshold, 2 usage error or failure.`;

/** The commands that can print interim numbers. */
const COUNTING: ReadonlySet<string> = new Set(['serve', 'ping', 'load', 'watch', 'impair']);

/** The commands without flags. */
const WITHOUT_FLAGS: ReadonlySet<string> = new Set(['demo', 'help']);

type Finish = (exitCode: number) => void;

/** The outcome of a command line; usage errors have already been printed to standard error. */
interface Outcome {
  readonly exitCode: number;
  readonly usageError?: string;
}

/** Runs the command that the words name. Rejects with the command's error. */
export async function runProgram(io: Io, words: readonly string[]): Promise<Outcome> {
  let exitCode = EXIT_OK;
  const program = await createProgram(io, words, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(askedOf(program, words), { from: 'user' });
    return { exitCode };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // commander also throws this after --help.
    if (error.exitCode === 0) return { exitCode: EXIT_OK };
    return {
      exitCode: error.exitCode,
      usageError: escapeText(error.message.replace(/^error: /, '')),
    };
  }
}

/**
 * If help is requested for an unknown command: the words that produce an error, because commander would print its whole
 * usage.
 */
function askedOf(program: Command, args: readonly string[]): readonly string[] {
  const [first, name] = args;
  const isHelp = first === 'help' && name !== undefined;
  const isKnown = program.commands.some((command) => command.name() === name);
  return isHelp && !isKnown ? args.slice(1) : args;
}

/**
 * Builds the command line.
 *
 * @param words  the command line; flags are loaded only for the commands that it names, because loading takes a while
 * @param finish  gets the exit code of the command that ran
 */
export async function createProgram(
  io: Io,
  words: readonly string[],
  finish: Finish,
): Promise<Command> {
  const program = new Command('echogram')
    .description(
      'Find out whether UDP works between two hosts, how well, and where datagrams get lost.',
    )
    .version(VERSION, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ subcommandTerm })
    .addHelpText('after', HELP);
  for (const [make, load] of COMMANDS) {
    const command = make();
    program.addCommand(command);
    if (words.includes(command.name())) await load(definerOf(command, io, finish));
  }
  program.hook('preAction', (_program, command) => {
    if (!COUNTING.has(command.name())) io.questions.decline();
  });
  for (const command of [program, ...program.commands]) adaptCommander(command, io);
  return program;
}

function subcommandTerm(command: Command): string {
  const args = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  );
  const flags = WITHOUT_FLAGS.has(command.name()) ? [] : ['[options]'];
  return [command.name(), ...flags, ...args].join(' ');
}

function definerOf(command: Command, io: Io, finish: Finish): Define {
  return (table, help, run) => {
    const flags = new CommandFlags(command, table);
    command.addHelpText('after', help).action(async () => {
      finish(await run(flags.given(io.environment), io, command.args));
    });
  };
}
