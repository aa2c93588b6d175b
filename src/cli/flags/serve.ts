// SPDX-License-Identifier: MIT
// The flags of echogram serve: the options of a server, and those of the command alone.

import { SWITCH } from '../../options/kind.ts';
import { BARE_SECONDS, duration } from '../../options/quantity.ts';
import { option, type OptionTable } from '../../options/option.ts';
import { SERVE_OPTIONS, STAMP_OPTIONS } from '../../options/serve.ts';
import { FILE_NAME, HOST_NAMES, IDENTITY, LISTEN_ADDRESS } from '../flag-values.ts';

/** Prefix of the names of STAMP options here, as in errors. */
export const STAMP_PREFIX = 'stamp.';

/** Peers forget a server that its name server does not list any more: that takes a minute or so. */
const DRAIN = duration({ minMs: 0, maxMs: 3_600_000, bareSeconds: BARE_SECONDS });

export const SERVE_FLAGS = {
  ...SERVE_OPTIONS,
  ...nested(STAMP_PREFIX, STAMP_OPTIONS),
  keyFile: option(FILE_NAME, {
    flags: [
      {
        syntax: '--key-file <file>',
        help: 'answer only STAMP packets authenticated with the key in this file; implies --stamp',
      },
    ],
  }),
  metrics: option(LISTEN_ADDRESS, {
    flags: [
      {
        syntax: '--metrics <[host:]port>',
        help: 'serve Prometheus metrics at /metrics and a health check at /healthz',
      },
    ],
  }),
  metricsName: option(HOST_NAMES, {
    flags: [
      {
        syntax: '--metrics-name <name...>',
        help: "another name to accept in the Host header of a metrics request; addresses, localhost and this host's own name are always accepted",
        needs: '--metrics',
      },
    ],
  }),
  identity: option(IDENTITY, {
    flags: [
      {
        syntax: '--identity [names]',
        help: "serve this node's name in a mesh at /identity of --metrics, as name=NODE,zone=ZONE (default: the host's name, and no zone)",
        value: {},
        needs: '--metrics',
      },
    ],
  }),
  drainMs: option(DRAIN, {
    default: 0,
    flags: [
      {
        syntax: '--drain <duration>',
        help: 'keep answering for this long after SIGTERM, with /-/ready of --metrics at 503; a second signal ends at once',
      },
    ],
  }),
  quiet: option(SWITCH, {
    flags: [{ syntax: '-q, --quiet', help: 'do not print a line per datagram' }],
  }),
  json: option(SWITCH, {
    flags: [{ syntax: '--json', help: 'print one JSON object per line', conflicts: ['--quiet'] }],
  }),
};

type Nested<Prefix extends string, Table> = {
  readonly [Name in keyof Table as `${Prefix}${Name & string}`]: Table[Name];
};

/** The options of an option, under the names that errors use. */
function nested<Prefix extends string, Table extends OptionTable>(
  prefix: Prefix,
  table: Table,
): Nested<Prefix, Table> {
  const named = Object.entries(table).map(([name, option]) => [`${prefix}${name}`, option]);
  return Object.fromEntries(named) as Nested<Prefix, Table>;
}

export const SERVE_HELP = `
Examples:
  echogram serve                       this host only: localhost, port 10000
  echogram serve --host 0.0.0.0        every IPv4 address of this host
  echogram serve --port 0 --json       a free port; one JSON object per line, with UTC times
  echogram serve --workers auto --metrics 9100
  echogram serve --stamp 8620          plus a STAMP reflector on port 8620
  echogram serve --impair 'loss=10%,delay=50ms±10ms,duplicate=1%,reorder=5%,corrupt=0.1%,seed=42'

Some requests are counted but never answered: those from the server's own port, from ports below 1024
or of services known to loop with an echo server, and from multicast, broadcast or reserved addresses
(240.0.0.0/4 is answered if --allow names a network in it). STAMP packets also get no answer if they
are not requests, are shorter than the reply would be, or fail authentication.

SIGQUIT (Ctrl-\\, on Windows Ctrl-Break) prints interim counts to standard error.`;
