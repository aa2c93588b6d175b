// SPDX-License-Identifier: MIT
// The flags of echogram ping: the options of a measurement, and those of the command alone.

import { HOST, SWITCH } from '../../options/kind.ts';
import { option, type Option } from '../../options/option.ts';
import { PING_OPTIONS } from '../../options/ping.ts';
import { BIND_PORT } from '../../options/ports.ts';
import { FILE_NAME, OUTPUT_NAME, TOKEN } from '../flag-values.ts';

export const PING_FLAGS = {
  ...PING_OPTIONS,
  keyFile: option(FILE_NAME, {
    flags: [{ syntax: '--key-file <file>', help: 'file with the key for authenticated STAMP' }],
  }),
  quiet: option(SWITCH, {
    flags: [{ syntax: '-q, --quiet', help: 'print only the summary' }],
  }),
  plain: option(SWITCH, {
    flags: [{ syntax: '--plain', help: 'print lines only, without the live view on a terminal' }],
  }),
  json: option(SWITCH, {
    flags: [
      { syntax: '--json', help: 'print the result as a JSON document', conflicts: ['--quiet'] },
    ],
  }),
  nagios: option(SWITCH, {
    flags: [
      {
        syntax: '--nagios',
        help: 'act as a Nagios check: print one line with performance data; see below',
        conflicts: ['--json'],
      },
    ],
  }),
  jsonl: output('--jsonl <file>', 'write settings, records and result as JSON Lines'),
  csv: output('--csv <file>', 'write the records as CSV'),
  report: output('--report <file>', 'write the result as an HTML report'),
  web: option(BIND_PORT, {
    flags: [
      {
        syntax: '--web [port]',
        help: 'serve a live page for browsers on this port (default: a free port)',
        value: 0,
      },
    ],
  }),
  webHost: option(HOST, {
    default: '127.0.0.1',
    flags: [
      { syntax: '--web-host <host>', help: 'address to serve the live page on', needs: '--web' },
    ],
  }),
  webToken: option(TOKEN, {
    flags: [
      {
        syntax: '--web-token <token>',
        help: 'secret that browsers must send; required beyond loopback',
        needs: '--web',
        isSecret: true,
      },
    ],
  }),
  webTokenFile: option(FILE_NAME, {
    flags: [
      {
        syntax: '--web-token-file <file>',
        help: 'read the token from a file, which keeps it out of the process list',
        needs: '--web',
        conflicts: ['--web-token'],
      },
    ],
  }),
};

function output(syntax: string, what: string): Option<string, string, undefined, undefined> {
  return option(OUTPUT_NAME, { flags: [{ syntax, help: `${what}; - is standard output` }] });
}

export const PING_HELP = `
Examples:
  echogram ping 192.0.2.7
  echogram ping 192.0.2.7:7000 -c 100 -i 20ms
  echogram ping host.example --rate 500 -w 10s --flows 16
  echogram ping 192.0.2.7 -c 50 -i 100ms --json --max-loss 1% --max-p99 20ms
  echogram ping router.example --protocol stamp -c 100 -i 20ms
  echogram ping 192.0.2.7 --protocol stamp --key-file stamp.key

Durations have a unit: ns, us, ms, s, m or h. Without a unit, -i and -W take up to 60 seconds and -w any
number of seconds, as ping does. The timeout may span at most 524288 probes: a higher --rate needs a
shorter -W.

With --interface the linux engine sends and receives through that interface alone, also if its address
changes; the portable engine sends from its address, and the system's routes choose the interface.

With --nagios a threshold may be WARN,CRIT, such as --max-loss 1%,5%, and 5 probes are sent unless -c
or -w is given.

SIGQUIT (Ctrl-\\, on Windows Ctrl-Break) prints interim results to standard error.

Exit codes: 0 replies arrived and every threshold (--max-…) held, 1 no reply arrived or a threshold
failed, 2 usage error or failure. With --nagios: 0 OK, 1 WARNING, 2 CRITICAL (also if no reply arrived
or replies stopped), 3 UNKNOWN (usage error, or this host could not measure).`;
