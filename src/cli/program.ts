// SPDX-License-Identifier: MIT
// Every command and its help. A command's flags are imported when its name is among the words, and the command
// itself when it runs, so that --help and --version load nothing they don't need.

import { Command, CommanderError } from 'commander';
import type { OptionTable } from '../options/option.ts';
import { escapeText } from '../printable.ts';
import { VERSION } from '../version.ts';
import { adaptCommander } from './adapt-commander.ts';
import { CommandFlags, type Given } from './command-flags.ts';
import { EXIT_OK, type Io } from './io.ts';

/** The lesson's message. */
export const CLASSIC_MESSAGE = 'This is the message.  It will be repeated.';

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

const DEMO_HELP = `
Examples:
  echogram demo
  echogram demo "hello"`;

const TARGET = 'server to ask; put an IPv6 address with a port in brackets: [fe80::1%eth0]:7000';

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

/** Creates a command with its arguments, and loads the rest of it. */
type CommandParts = readonly [make: () => Command, load: (define: Define) => Promise<void> | void];

/** Gives a command its flags, help and action. */
type Define = <Flags extends OptionTable>(flags: Flags, help: string, run: Run<Flags>) => void;

/** `words` are the given arguments. */
type Run<Flags> = (given: Given<Flags>, io: Io, words: readonly string[]) => Promise<number>;

function definerOf(command: Command, io: Io, finish: Finish): Define {
  return (table, help, run) => {
    const flags = new CommandFlags(command, table);
    command.addHelpText('after', help).action(async () => {
      finish(await run(flags.given(io.environment), io, command.args));
    });
  };
}

const SERVE: CommandParts = [
  () =>
    new Command('serve')
      .summary('run an echo server')
      .description(
        'Runs a UDP echo server: sends each datagram back to the address it came from (RFC 862).',
      ),
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
      .argument('[host[:port]]', `${TARGET} (default: localhost)`)
      .argument('[message]', 'what to send; - reads standard input', CLASSIC_MESSAGE),
  async (define) => {
    const { SEND_FLAGS, SEND_HELP } = await import('./flags/send.ts');
    define(SEND_FLAGS, SEND_HELP, async (given, io, words) => {
      const { runSend } = await import('./commands/send.ts');
      return await runSend(words, CLASSIC_MESSAGE, given, io);
    });
  },
];

const PING: CommandParts = [
  () =>
    new Command('ping')
      .summary('measure the path to an echo server')
      .description('Sends numbered probes on a schedule and reports what came back, and how fast.')
      .argument('<host[:port]>', TARGET),
  async (define) => {
    const { PING_FLAGS, PING_HELP } = await import('./flags/ping.ts');
    define(PING_FLAGS, PING_HELP, async (given, io, [target = '']) => {
      const { runPing } = await import('./commands/ping.ts');
      return await runPing(target, given, io);
    });
  },
];

const MTU: CommandParts = [
  () =>
    new Command('mtu')
      .summary('find the largest packet that passes, each way')
      .description(
        'Finds the path MTU in each direction, with any echo server at the other end: who limits it, and what becomes of longer datagrams.',
      )
      .argument('<host[:port]>', TARGET),
  async (define) => {
    const { MTU_FLAGS, MTU_HELP } = await import('./flags/mtu.ts');
    define(MTU_FLAGS, MTU_HELP, async (given, io, [target = '']) => {
      const { runMtu } = await import('./commands/mtu.ts');
      return await runMtu(target, given, io);
    });
  },
];

const LOAD: CommandParts = [
  () =>
    new Command('load')
      .summary('find the highest rate without loss')
      .description(
        'Finds the highest rate of datagrams that a path to an echo server carries without loss, and how fast it answers below that.',
      )
      .argument('<host[:port]>', TARGET),
  async (define) => {
    const { LOAD_FLAGS, LOAD_HELP } = await import('./flags/load.ts');
    define(LOAD_FLAGS, LOAD_HELP, async (given, io, [target = '']) => {
      const { runLoad } = await import('./commands/load.ts');
      return await runLoad(target, given, io);
    });
  },
];

const WATCH: CommandParts = [
  () =>
    new Command('watch')
      .summary('probe many targets for ever, with a page and history')
      .description(
        'Probes many targets until it is stopped: a table, a page for browsers, metrics, history and alerts.',
      )
      .argument('[host[:port]...]', 'servers to probe, unless --config has them'),
  async (define) => {
    const { WATCH_FLAGS, WATCH_HELP } = await import('./flags/watch.ts');
    define(WATCH_FLAGS, WATCH_HELP, async (given, io, words) => {
      const { runWatch } = await import('./commands/watch.ts');
      return await runWatch(words, given, io);
    });
  },
];

const IMPAIR: CommandParts = [
  () =>
    new Command('impair')
      .summary('put a bad network in front of a UDP server')
      .description(
        'Relays datagrams to a UDP server and its replies back, and drops, delays or corrupts them on the way.',
      ),
  async (define) => {
    const { IMPAIR_FLAGS, IMPAIR_HELP } = await import('./flags/impair.ts');
    define(IMPAIR_FLAGS, IMPAIR_HELP, async (given, io) => {
      const { runImpair } = await import('./commands/impair.ts');
      return await runImpair(given, io);
    });
  },
];

const REPORT: CommandParts = [
  () =>
    new Command('report')
      .summary('make an HTML report from a recorded measurement')
      .description(
        'Makes an HTML report, or a text, from the output of ping --json, ping --jsonl or load --json.',
      )
      .argument('<file>', 'recording or result; - reads standard input'),
  async (define) => {
    const { REPORT_FLAGS, REPORT_HELP } = await import('./flags/report.ts');
    define(REPORT_FLAGS, REPORT_HELP, async (given, io, [file = '']) => {
      const { runReport } = await import('./commands/report.ts');
      return await runReport(file, given, io);
    });
  },
];

const HISTORY: CommandParts = [
  () =>
    new Command('history')
      .summary('export what a watch remembers')
      .description('Writes the history of a watch as CSV or JSON lines, one line a column of time.')
      .argument('<action>', 'export')
      .argument('<file>', 'history file of a watch'),
  async (define) => {
    const { HISTORY_FLAGS, HISTORY_HELP } = await import('./flags/history.ts');
    define(HISTORY_FLAGS, HISTORY_HELP, async (given, io, words) => {
      const { runHistory } = await import('./commands/history.ts');
      return await runHistory(words, given, io);
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
    define({}, DEMO_HELP, async (_given, io, [message = CLASSIC_MESSAGE]) => {
      const { runDemo } = await import('./commands/demo.ts');
      return await runDemo(message, io);
    });
  },
];

const COMMANDS: readonly CommandParts[] = [
  SERVE,
  SEND,
  PING,
  LOAD,
  MTU,
  WATCH,
  IMPAIR,
  REPORT,
  HISTORY,
  DEMO,
];
