// SPDX-License-Identifier: MIT
// Every command and its help. A command's flags are imported when its name is among the words, the command itself
// when it runs, so that --help and --version start nothing they don't need.

import { Command } from 'commander';
import type { OptionTable } from '../options/option.ts';
import { VERSION } from '../version.ts';
import { adaptCommander } from './adapt-commander.ts';
import { CommandFlags, type Given } from './command-flags.ts';
import type { Io } from './io.ts';

/** The lesson's message. */
export const CLASSIC_MESSAGE = 'This is the message.  It will be repeated.';

const HELP = `
Examples:
  echogram demo                        server and client in one terminal
  echogram serve                       answer on localhost port 10000
  echogram send                        send it a message
  echogram send hello --host fe80::1%eth0 --port 7000

Exit codes: 0 the reply came, 1 no reply, a wrong one or a missed threshold, 2 wrong usage or a
failure.`;

const DEMO_HELP = `
Examples:
  echogram demo
  echogram demo "hello"`;

/** The commands that have numbers to tell while they run. */
const COUNTING: ReadonlySet<string> = new Set(['serve', 'ping']);

/** Those without a flag of their own. */
const WITHOUT_FLAGS: ReadonlySet<string> = new Set(['demo', 'help']);

type Finish = (exitCode: number) => void;

/**
 * Builds the command line.
 *
 * @param words  what was asked: the commands among them have their flags, which take a while to load
 * @param finish  gets the exit code of the command that ran
 */
export async function createProgram(
  io: Io,
  words: readonly string[],
  finish: Finish,
): Promise<Command> {
  const program = new Command('echogram')
    .description('Does UDP work between two hosts, how well, and whose fault is a lost datagram?')
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

/** A command with its arguments, and what loads the rest of it. */
type CommandParts = readonly [make: () => Command, load: (define: Define) => Promise<void> | void];

/** Gives a command its flags, its help and what it does. */
type Define = <Flags extends OptionTable>(flags: Flags, help: string, run: Run<Flags>) => void;

/** `argument` is empty for a command that has none. */
type Run<Flags> = (given: Given<Flags>, io: Io, argument: string) => Promise<number>;

function definerOf(command: Command, io: Io, finish: Finish): Define {
  return (table, help, run) => {
    const flags = new CommandFlags(command, table);
    command.addHelpText('after', help).action(async () => {
      const [argument = ''] = command.processedArgs as readonly string[];
      finish(await run(flags.given(io.environment), io, argument));
    });
  };
}

const SERVE: CommandParts = [
  () =>
    new Command('serve')
      .summary('answer every datagram with itself')
      .description('Answers every datagram with itself, to the address that sent it (RFC 862).'),
  async (define) => {
    const { SERVE_FLAGS, SERVE_HELP } = await import('./flags/serve.ts');
    define(SERVE_FLAGS, SERVE_HELP, async (given, io) => {
      const { runServe } = await import('./commands/serve.ts');
      return await runServe(given, io);
    });
  },
];

const SEND: CommandParts = [
  () =>
    new Command('send')
      .summary('send one message and wait for its echo')
      .description('Sends one message in one datagram and waits for its echo.')
      .argument('[message]', 'what to send; - reads standard input', CLASSIC_MESSAGE),
  async (define) => {
    const { SEND_FLAGS, SEND_HELP } = await import('./flags/send.ts');
    define(SEND_FLAGS, SEND_HELP, async (given, io, message) => {
      const { runSend } = await import('./commands/send.ts');
      return await runSend(message, given, io);
    });
  },
];

const PING: CommandParts = [
  () =>
    new Command('ping')
      .summary('measure the path to an echo server')
      .description('Sends numbered probes at fixed times and reports what came back, and how fast.')
      .argument(
        '<host[:port]>',
        'the echo server (default port: 10000, for STAMP 862); an IPv6 address in brackets',
      ),
  async (define) => {
    const { PING_FLAGS, PING_HELP } = await import('./flags/ping.ts');
    define(PING_FLAGS, PING_HELP, async (given, io, target) => {
      const { runPing } = await import('./commands/ping.ts');
      return await runPing(target, given, io);
    });
  },
];

const REPORT: CommandParts = [
  () =>
    new Command('report')
      .summary('make an HTML page of a recorded measurement')
      .description('Makes an HTML page of what ping --json printed, or ping --jsonl wrote.')
      .argument('<file>', 'the recording or the result; - is standard input'),
  async (define) => {
    const { REPORT_FLAGS, REPORT_HELP } = await import('./flags/report.ts');
    define(REPORT_FLAGS, REPORT_HELP, async (given, io, file) => {
      const { runReport } = await import('./commands/report.ts');
      return await runReport(file, given, io);
    });
  },
];

const DEMO: CommandParts = [
  () =>
    new Command('demo')
      .summary('server and client in one terminal')
      .description('Runs a server and a client in one terminal, on a free port.')
      .argument('[message]', 'what to send', CLASSIC_MESSAGE),
  (define) => {
    define({}, DEMO_HELP, async (_given, io, message) => {
      const { runDemo } = await import('./commands/demo.ts');
      return await runDemo(message, io);
    });
  },
];

const COMMANDS: readonly CommandParts[] = [SERVE, SEND, PING, REPORT, DEMO];
