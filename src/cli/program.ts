// SPDX-License-Identifier: MIT
// Every command and flag, and its help. The commands themselves are imported when they run, so that
// --help and --version start nothing they don't need.

import { Command, Option } from 'commander';
import { ECHO_PORT, STAMP_PORT } from '../options.ts';
import { VERSION } from '../version.ts';
import { adaptCommander } from './adapt-commander.ts';
import {
  cidrs,
  dscp,
  dscps,
  durationMs,
  fileName,
  hostName,
  hostNames,
  listenAddress,
  outputName,
  percentage,
  remoteAddress,
  wholeNumber,
} from './flag-values.ts';
import { impairmentPlan } from './impair-flag.ts';
import type { Io } from './io.ts';
import { requireWith } from './needed-flag.ts';
import type { PingFlags } from './ping-flags.ts';
import type { ReportFlags } from './commands/report.ts';
import type { SendFlags } from './commands/send.ts';
import type { ServeFlags } from './commands/serve.ts';

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

const SERVE_HELP = `
Examples:
  echogram serve                       localhost, every loopback address, port 10000
  echogram serve --host 0.0.0.0        every IPv4 address of this host
  echogram serve --port 0 --json       a free port, one JSON object a line, each with its UTC time
  echogram serve --workers auto --metrics 9100
  echogram serve --stamp 8620          and a STAMP reflector on port 8620
  echogram serve --impair 'loss=10%,delay=50ms±10ms,duplicate=1%,reorder=5%,corrupt=0.1%,seed=42'

Never answered, but counted: requests from the server's own port, from ports below 1024 or of services
known to loop with an echo, and from multicast, broadcast or reserved addresses (240.0.0.0/4 is
answered where --allow names a network in it). STAMP packets also get no answer if they are not
requests, are shorter than the reply would be, or are not authenticated by the key.

SIGQUIT (Ctrl-\\, on Windows Ctrl-Break) prints the counts so far on standard error.`;

const SEND_HELP = `
Examples:
  echogram send
  echogram send "hello" --host 192.0.2.7 --timeout 500ms --retries 2
  echogram send --hex "de ad be ef"
  head -c 1400 /dev/urandom | echogram send - --json`;

const DEMO_HELP = `
Examples:
  echogram demo
  echogram demo "hello"`;

/** The commands that have numbers to tell while they run. */
const COUNTING: ReadonlySet<string> = new Set(['serve', 'ping']);

/** Builds the command line. `finish` gets the exit code of the command that ran. */
export function createProgram(io: Io, finish: (exitCode: number) => void): Command {
  const program = new Command('echogram')
    .description('Does UDP work between two hosts, how well, and whose fault is a lost datagram?')
    .version(VERSION, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', HELP);
  program.addCommand(serveCommand(io, finish));
  program.addCommand(sendCommand(io, finish));
  program.addCommand(pingCommand(io, finish));
  program.addCommand(reportCommand(io, finish));
  program.addCommand(demoCommand(io, finish));
  program.hook('preAction', (_program, command) => {
    if (!COUNTING.has(command.name())) io.questions.decline();
  });
  for (const command of [program, ...program.commands]) adaptCommander(command, io);
  return program;
}

function serveCommand(io: Io, finish: (exitCode: number) => void): Command {
  return new Command('serve')
    .summary('answer every datagram with itself')
    .description('Answers every datagram with itself, to the address that sent it (RFC 862).')
    .option(
      '--host <host>',
      'name or address of this host to listen on',
      hostName('--host'),
      'localhost',
    )
    .option('--port <port>', 'port to listen on; 0 picks a free one', port('--port', 0), ECHO_PORT)
    .addOption(engineOption('linux batches system calls, portable runs everywhere'))
    .option('--workers <count>', 'threads, or auto for one a CPU (linux engine)', workers, 1)
    .option('--mirror-tos', 'reply with the DSCP and ECN bits of the request (linux engine)')
    .option('--no-gro', 'do not receive coalesced runs of datagrams (linux engine)')
    .option('--no-gso', 'do not send replies in groups (linux engine)')
    .option('--answer-any-port', 'answer privileged and loop-prone source ports too (unsafe)')
    .option('--allow <cidr...>', 'answer only these networks', cidrs('--allow'))
    .option(
      '--deny <cidr...>',
      'do not answer these networks, even if --allow has them',
      cidrs('--deny'),
    )
    .option(
      '--limit <pps>',
      'replies a second to each source; 0 is no limit (default: 1000 beyond loopback)',
      wholeNumber('--limit', 0, 1e9),
    )
    .addOption(
      new Option(
        '--metrics <[host:]port>',
        'serve Prometheus metrics at /metrics, and /healthz',
      ).argParser(listenAddress('--metrics')),
    )
    .option(
      '--metrics-name <name...>',
      "a host name under which the metrics may be read, besides addresses, localhost and this host's own name",
      hostNames('--metrics-name'),
    )
    .addOption(
      new Option('--impair <plan>', 'lose, delay, duplicate, reorder or corrupt replies').argParser(
        impairmentPlan,
      ),
    )
    .option('--stamp [port]', 'answer STAMP (RFC 8762) too (default port: 862)', stampPort)
    .addOption(
      new Option(
        '--stamp-stateful',
        'number the replies of each STAMP session separately; implies --stamp',
      ).implies(STAMP_IMPLIED),
    )
    .addOption(
      new Option(
        '--key-file <file>',
        'answer only STAMP packets that this key authenticates; implies --stamp',
      )
        .argParser(fileName('--key-file'))
        .implies(STAMP_IMPLIED),
    )
    .addOption(stampDscpOption())
    .addOption(
      new Option(
        '--stamp-answer-short',
        'answer STAMP requests of 14 to 40 octets too, with 44 octets; needs --allow; implies --stamp',
      ).implies(STAMP_IMPLIED),
    )
    .option('--udp-echo-plus', "fill in the server's number and times, as TR-143 says")
    .option('--quiet', 'do not print a line for each datagram')
    .addOption(new Option('--json', 'print one JSON object a line').conflicts('quiet'))
    .addHelpText('after', SERVE_HELP)
    .action(async (flags: ServeFlags, command: Command) => {
      requireWith('--metrics', ['--metrics-name'], command);
      const { runServe } = await import('./commands/serve.ts');
      finish(await runServe(flags, io));
    });
}

function sendCommand(io: Io, finish: (exitCode: number) => void): Command {
  return new Command('send')
    .summary('send one message and wait for its echo')
    .description('Sends one message in one datagram and waits for its echo.')
    .argument('[message]', 'what to send; - reads standard input', CLASSIC_MESSAGE)
    .option('--host <host>', 'name or address to send to', hostName('--host'), 'localhost')
    .option('--port <port>', 'port to send to', port('--port', 1), ECHO_PORT)
    .addOption(
      new Option('--timeout <duration>', 'how long to wait after each datagram')
        .argParser(durationMs('--timeout'))
        .default(1000, '1s'),
    )
    .option(
      '--retries <count>',
      'how many times to send again',
      wholeNumber('--retries', 0, 1e6),
      0,
    )
    .option('--hex', 'the message is pairs of hexadecimal digits')
    .option('--json', 'print one JSON object instead of the transcript')
    .option('-4, --ipv4', 'use only IPv4 addresses')
    .addOption(new Option('-6, --ipv6', 'use only IPv6 addresses').conflicts('ipv4'))
    .addHelpText('after', SEND_HELP)
    .action(async (message: string, flags: SendFlags) => {
      const { runSend } = await import('./commands/send.ts');
      finish(await runSend(message, flags, io));
    });
}

const PING_HELP = `
Examples:
  echogram ping 192.0.2.7
  echogram ping 192.0.2.7:7000 -c 100 -i 20ms
  echogram ping host.example --rate 500 -w 10s --source-ports 16
  echogram ping 192.0.2.7 -c 50 -i 100ms --json --max-loss 1% --max-p99 20ms
  echogram ping router.example --protocol stamp -c 100 -i 20ms
  echogram ping 192.0.2.7 --protocol stamp --key-file stamp.key

Durations have a unit: ns, us, ms, s, m or h. A probe has 44 to 65507 bytes, over IPv6 65527.
At most 524288 probes may fit into the timeout: a higher --rate needs a shorter -W.

SIGQUIT (Ctrl-\\, on Windows Ctrl-Break) prints the numbers so far on standard error.

Exit codes: 0 replies came and every threshold held, 1 no reply came or a threshold (--max-loss,
--max-p99) was missed, 2 wrong usage or a failure.`;

function pingCommand(io: Io, finish: (exitCode: number) => void): Command {
  return new Command('ping')
    .summary('measure the path to an echo server')
    .description('Sends numbered probes at fixed times and reports what came back, and how fast.')
    .argument(
      '<host[:port]>',
      'the echo server (default port: 10000, for STAMP 862); an IPv6 address in brackets',
    )
    .option(
      '-c, --count <count>',
      'how many probes to send',
      wholeNumber('--count', 1, 2 ** 53 - 1),
    )
    .addOption(
      new Option('-i, --interval <duration>', 'time between two probes (default: 1s)')
        .argParser(durationMs('--interval'))
        .conflicts('rate'),
    )
    .option(
      '--rate <pps>',
      'probes a second, instead of -i; see below',
      wholeNumber('--rate', 1, 1e6),
    )
    .option(
      '-s, --size <bytes>',
      'length of a probe (default: 64, or the least of the protocol)',
      wholeNumber('--size', 44, 65_527),
    )
    .option('-w, --duration <duration>', 'stop sending after this time', durationMs('--duration'))
    .addOption(probeTimeoutOption())
    .option('-4, --ipv4', 'use only IPv4 addresses')
    .addOption(new Option('-6, --ipv6', 'use only IPv6 addresses').conflicts('ipv4'))
    .addOption(protocolOption())
    .option('--key-file <file>', 'the key of authenticated STAMP', fileName('--key-file'))
    .option('--ttl <hops>', 'how many hops a probe may take', wholeNumber('--ttl', 1, 255))
    .option('--dscp <class>', 'DSCP of the probes: 0 to 63, EF, AF11 … or CS0 … (linux)', dscp)
    .addOption(engineOption("linux uses the kernel's time stamps, portable runs everywhere"))
    .addOption(
      new Option('--schedule <kind>', 'periodic keeps the gaps equal, poisson draws them at random')
        .choices(['periodic', 'poisson'])
        .default('periodic'),
    )
    .option(
      '--source-ports <count>',
      'send from this many ports in turn, to see each of several paths',
      wholeNumber('--source-ports', 1, 1024),
      1,
    )
    .option('--allow-broadcast', 'allow sending to a broadcast address')
    .option('--flood', 'allow more than 1000 probes a second beyond loopback')
    .option(
      '--max-loss <percentage>',
      'exit 1 if more is lost, late or not sent',
      percentage('--max-loss'),
    )
    .option(
      '--max-p99 <duration>',
      'exit 1 if the 99th percentile is longer',
      durationMs('--max-p99'),
    )
    .option('--quiet', 'print only the summary')
    .option('--plain', 'print only lines, without the live picture on a terminal')
    .addOption(new Option('--json', 'print the result as one JSON document').conflicts('quiet'))
    .addOption(
      outputOption('--jsonl <file>', 'write settings, records and result as lines of JSON'),
    )
    .addOption(outputOption('--csv <file>', 'write each record as a line of CSV'))
    .addOption(outputOption('--report <file>', 'write the result as an HTML page'))
    .addOption(webOption())
    .addOption(webHostOption())
    .addOption(webTokenOption())
    .addOption(webTokenFileOption())
    .addHelpText('after', PING_HELP)
    .action(async (target: string, flags: PingFlags, command: Command) => {
      requireWith('--web', ['--web-host', '--web-token', '--web-token-file'], command);
      const { runPing } = await import('./commands/ping.ts');
      const usualPort = flags.protocol === 'stamp' ? STAMP_PORT : ECHO_PORT;
      finish(await runPing(remoteAddress(target, usualPort), flags, io));
    });
}

function outputOption(flags: string, what: string): Option {
  return new Option(flags, `${what}; - is standard output`).argParser(outputName);
}

const REPORT_HELP = `
Examples:
  echogram ping 192.0.2.7 -c 600 -i 100ms --jsonl path.jsonl
  echogram report path.jsonl             writes path.html
  echogram report result.json -o -       the page on standard output
  xz -dc path.jsonl.xz | echogram report - > path.html

The page is one file that loads nothing else: it opens from a disk or a mail. A recording that was
cut short is shown as far as it goes.`;

function reportCommand(io: Io, finish: (exitCode: number) => void): Command {
  return new Command('report')
    .summary('make an HTML page of a recorded measurement')
    .description('Makes an HTML page of what ping --json printed, or ping --jsonl wrote.')
    .argument('<file>', 'the recording or the result; - is standard input')
    .option(
      '-o, --output <file>',
      'the page; - is standard output (default: the name of the input with .html, or - if the input is -)',
      outputName,
    )
    .addHelpText('after', REPORT_HELP)
    .action(async (file: string, flags: ReportFlags) => {
      const { runReport } = await import('./commands/report.ts');
      finish(await runReport(file, flags, io));
    });
}

function demoCommand(io: Io, finish: (exitCode: number) => void): Command {
  return new Command('demo')
    .summary('server and client in one terminal')
    .description('Runs a server and a client in one terminal, on a free port.')
    .argument('[message]', 'what to send', CLASSIC_MESSAGE)
    .addHelpText('after', DEMO_HELP)
    .action(async (message: string) => {
      const { runDemo } = await import('./commands/demo.ts');
      finish(await runDemo(message, io));
    });
}

/** Flags that say how STAMP is answered ask for it. */
const STAMP_IMPLIED = { stamp: true };

function stampDscpOption(): Option {
  const description =
    'the DSCPs that a Class of Service TLV may request, such as EF,AF41,10, or all, or none (default: all with a key, else none); implies --stamp';
  return new Option('--stamp-dscp <classes>', description)
    .argParser(dscps('--stamp-dscp'))
    .implies(STAMP_IMPLIED);
}

function stampPort(text: string): number {
  return port('--stamp', 0)(text);
}

function workers(text: string): number | 'auto' {
  return text === 'auto' ? text : wholeNumber('--workers', 1, 256)(text);
}

function protocolOption(): Option {
  return new Option('--protocol <protocol>', 'stamp and udp-echo-plus measure each direction')
    .choices(['echo', 'stamp', 'udp-echo-plus'])
    .default('echo');
}

function engineOption(description: string): Option {
  return new Option('--engine <engine>', description)
    .choices(['auto', 'linux', 'portable'])
    .env('ECHOGRAM_ENGINE')
    .default('auto');
}

function probeTimeoutOption(): Option {
  const description = 'a probe without a reply after this time is lost (default: 1s)';
  return new Option('-W, --timeout <duration>', description).argParser(durationMs('--timeout'));
}

function webOption(): Option {
  const description = 'show the page live in a browser (default: a free port)';
  return new Option('--web [port]', description).argParser(port('--web', 0));
}

function webHostOption(): Option {
  const description = 'where to listen for browsers (default: 127.0.0.1)';
  return new Option('--web-host <host>', description).argParser(hostName('--web-host'));
}

function webTokenOption(): Option {
  const description = 'the secret that browsers must give; needed beyond loopback';
  // What the variable holds is looked at where it is used: a run without a page has no part in it.
  return new Option('--web-token <token>', description).env('ECHOGRAM_WEB_TOKEN');
}

function webTokenFileOption(): Option {
  const description = 'a file with that token, so that the list of processes does not show it';
  return new Option('--web-token-file <file>', description).argParser(fileName('--web-token-file'));
}

function port(flag: string, lowest: number): (text: string) => number {
  return wholeNumber(flag, lowest, 65_535);
}
