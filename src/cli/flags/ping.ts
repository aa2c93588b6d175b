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
    flags: [{ syntax: '--key-file <file>', help: 'the key of authenticated STAMP' }],
  }),
  quiet: option(SWITCH, {
    flags: [{ syntax: '--quiet', help: 'print only the summary' }],
  }),
  plain: option(SWITCH, {
    flags: [
      { syntax: '--plain', help: 'print only lines, without the live picture on a terminal' },
    ],
  }),
  json: option(SWITCH, {
    flags: [
      { syntax: '--json', help: 'print the result as one JSON document', conflicts: ['--quiet'] },
    ],
  }),
  jsonl: output('--jsonl <file>', 'write settings, records and result as lines of JSON'),
  csv: output('--csv <file>', 'write each record as a line of CSV'),
  report: output('--report <file>', 'write the result as an HTML page'),
  web: option(BIND_PORT, {
    flags: [
      {
        syntax: '--web [port]',
        help: 'show the page live in a browser (default: a free port)',
        value: 0,
      },
    ],
  }),
  webHost: option(HOST, {
    default: '127.0.0.1',
    flags: [{ syntax: '--web-host <host>', help: 'where to listen for browsers', needs: '--web' }],
  }),
  webToken: option(TOKEN, {
    flags: [
      {
        syntax: '--web-token <token>',
        help: 'the secret that browsers must give; needed beyond loopback',
        needs: '--web',
        isSecret: true,
      },
    ],
  }),
  webTokenFile: option(FILE_NAME, {
    flags: [
      {
        syntax: '--web-token-file <file>',
        help: 'a file with that token, so that the list of processes does not show it',
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

Durations have a unit: ns, us, ms, s, m or h. At most 524288 probes may fit into the timeout: a higher
--rate needs a shorter -W.

SIGQUIT (Ctrl-\\, on Windows Ctrl-Break) prints the numbers so far on standard error.

Exit codes: 0 replies came and every threshold held, 1 no reply came or a threshold (--max-loss,
--max-p99) was missed, 2 wrong usage or a failure.`;
