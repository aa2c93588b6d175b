// SPDX-License-Identifier: MIT
// The flags of echogram serve: the options of a server, and those of the command alone.

import { SWITCH } from '../../options/kind.ts';
import { option, type OptionTable } from '../../options/option.ts';
import { SERVE_OPTIONS, STAMP_OPTIONS } from '../../options/serve.ts';
import { FILE_NAME, HOST_NAMES, LISTEN_ADDRESS } from '../flag-values.ts';

/** Of the names that options of STAMP have here, as in errors. */
export const STAMP_PREFIX = 'stamp.';

export const SERVE_FLAGS = {
  ...SERVE_OPTIONS,
  ...nested(STAMP_PREFIX, STAMP_OPTIONS),
  keyFile: option(FILE_NAME, {
    flags: [
      {
        syntax: '--key-file <file>',
        help: 'answer only STAMP packets that this key authenticates; implies --stamp',
      },
    ],
  }),
  metrics: option(LISTEN_ADDRESS, {
    flags: [
      {
        syntax: '--metrics <[host:]port>',
        help: 'serve Prometheus metrics at /metrics, and /healthz',
      },
    ],
  }),
  metricsName: option(HOST_NAMES, {
    flags: [
      {
        syntax: '--metrics-name <name...>',
        help: "a host name under which the metrics may be read, besides addresses, localhost and this host's own name",
        needs: '--metrics',
      },
    ],
  }),
  quiet: option(SWITCH, {
    flags: [{ syntax: '--quiet', help: 'do not print a line for each datagram' }],
  }),
  json: option(SWITCH, {
    flags: [{ syntax: '--json', help: 'print one JSON object a line', conflicts: ['--quiet'] }],
  }),
};

type Nested<Prefix extends string, Table> = {
  readonly [Name in keyof Table as `${Prefix}${Name & string}`]: Table[Name];
};

/** Options of an option, by the names that errors give them. */
function nested<Prefix extends string, Table extends OptionTable>(
  prefix: Prefix,
  table: Table,
): Nested<Prefix, Table> {
  const named = Object.entries(table).map(([name, option]) => [`${prefix}${name}`, option]);
  return Object.fromEntries(named) as Nested<Prefix, Table>;
}

export const SERVE_HELP = `
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
