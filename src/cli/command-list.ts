// SPDX-License-Identifier: MIT
// Every command: its place in the help, its arguments, and where its flags and its code are. Flags and code are imported
// only when they are needed, so that --help and --version load little.

import { Command } from 'commander';
import type { OptionTable } from '../options/option.ts';
import type { Given } from './given-options.ts';
import type { Io } from './io.ts';

/** The lesson's message. */
const CLASSIC_MESSAGE = 'This is the message.  It will be repeated.';

const DEMO_HELP = `
Examples:
  echogram demo
  echogram demo "hello"`;

const TARGET = 'server to ask; put an IPv6 address with a port in brackets: [fe80::1%eth0]:7000';

/** Creates a command with its arguments, and loads the rest of it. */
type CommandParts = readonly [make: () => Command, load: (define: Define) => Promise<void> | void];

/** Gives a command its flags, help and action. */
export type Define = <Flags extends OptionTable>(
  flags: Flags,
  help: string,
  run: Run<Flags>,
) => void;

/** `words` are the given arguments. */
type Run<Flags> = (given: Given<Flags>, io: Io, words: readonly string[]) => Promise<number>;

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
        'Makes an HTML report, or a text summary, from the output of ping --json, ping --jsonl or load --json.',
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
      .description(
        'Writes the history of a watch as CSV or JSON lines: a line for each interval of each target.',
      )
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

/** In the order of the help. */
export const COMMANDS: readonly CommandParts[] = [
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
