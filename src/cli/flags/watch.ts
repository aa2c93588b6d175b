// SPDX-License-Identifier: MIT
// The flags of echogram watch: how targets on the command line are probed, and those of the command alone.

import { httpUrl } from '../../options/http-url.ts';
import { SWITCH } from '../../options/kind.ts';
import { option, type Flag, type Option } from '../../options/option.ts';
import { PING_OPTIONS } from '../../options/ping.ts';
import { BARE_SECONDS, duration } from '../../options/quantity.ts';
import { INTERVAL_LIMITS, TIMEOUT_LIMITS } from '../../watch/config/probe-limits.ts';
import type { Given } from '../given-options.ts';
import {
  FILE_NAME,
  HOST_NAMES,
  IDENTITY,
  LISTEN_ADDRESS,
  LISTEN_OR_NONE,
  TOKEN,
} from '../flag-values.ts';

/** A configuration file has its own settings for these. */
const CONFLICTS = ['--config'];

/** Options of a probe, checked again by watch/config/probe-plan.ts. */
const { payloadBytes, protocol, family, flows, dscp, engine } = PING_OPTIONS;

const INTERVAL = duration({ ...INTERVAL_LIMITS, bareSeconds: BARE_SECONDS });
const TIMEOUT = duration({ ...TIMEOUT_LIMITS, bareSeconds: BARE_SECONDS });

/** A fixed port, so that the page is always at the same address. */
export const USUAL_LISTEN = { host: '127.0.0.1', port: 10001 };

export const WATCH_FLAGS = {
  config: option(FILE_NAME, {
    flags: [{ syntax: '--config <file>', help: 'YAML or JSON file with targets and settings' }],
  }),
  check: option(SWITCH, {
    flags: [{ syntax: '--check', help: 'print what would be probed, without probing' }],
  }),
  intervalMs: option(INTERVAL, {
    default: PING_OPTIONS.intervalMs.default,
    flags: [
      {
        syntax: '-i, --interval <duration>',
        help: 'time between probes to one target, 10ms or more',
        conflicts: CONFLICTS,
      },
    ],
  }),
  timeoutMs: option(TIMEOUT, {
    default: PING_OPTIONS.timeoutMs.default,
    flags: [
      {
        syntax: '-W, --timeout <duration>',
        help: 'a later reply is late, and after twice this the probe is lost',
        conflicts: CONFLICTS,
      },
    ],
  }),
  payloadBytes: ofTargets(payloadBytes),
  protocol: ofTargets(protocol),
  keyFile: option(FILE_NAME, {
    flags: [
      {
        syntax: '--key-file <file>',
        help: 'file with the key for authenticated STAMP',
        conflicts: CONFLICTS,
      },
    ],
  }),
  dscp: ofTargets(dscp),
  flows: ofTargets(flows),
  family: ofTargets(family),
  engine,
  history: option(FILE_NAME, {
    flags: [
      {
        syntax: '--history <file>',
        help: 'SQLite file that keeps the history; without one it stays in memory',
        conflicts: CONFLICTS,
      },
    ],
  }),
  listen: option(LISTEN_OR_NONE, {
    default: USUAL_LISTEN,
    flags: [
      {
        syntax: '--listen <[host:]port>',
        help: 'where to serve the page, the API and metrics; none turns them off',
      },
    ],
  }),
  listenName: option(HOST_NAMES, {
    flags: [
      {
        syntax: '--listen-name <name...>',
        help: "another name to accept in the Host header; addresses, localhost and this host's own name are always accepted",
      },
    ],
  }),
  metrics: option(LISTEN_ADDRESS, {
    flags: [
      {
        syntax: '--metrics <[host:]port>',
        help: 'also serve /metrics, /healthz, /-/ready and /identity here, without the page',
      },
    ],
  }),
  webConfig: option(FILE_NAME, {
    flags: [
      {
        syntax: '--web-config <file>',
        help: "TLS and users with passwords, in the format of Prometheus' exporters; read again with --config",
      },
    ],
  }),
  webToken: option(TOKEN, {
    flags: [
      {
        syntax: '--web-token <token>',
        help: 'secret that readers must send beyond loopback, unless there are users',
        isSecret: true,
      },
    ],
  }),
  webTokenFile: option(FILE_NAME, {
    flags: [
      {
        syntax: '--web-token-file <file>',
        help: 'read the token from a file, which keeps it out of the process list',
        conflicts: ['--web-token'],
      },
    ],
  }),
  identity: option(IDENTITY, {
    flags: [
      {
        syntax: '--identity <names>',
        help: "this node's name in a mesh, as name=NODE,zone=ZONE (default: the host's name, and no zone)",
      },
    ],
  }),
  prometheus: option(httpUrl('http://192.0.2.7:9090'), {
    flags: [
      {
        syntax: '--prometheus <url>',
        help: 'Prometheus server that scrapes all nodes of a mesh, from which the matrix is drawn; without one it has the row of this node',
        isSecret: true,
      },
    ],
  }),
  webLifecycle: option(SWITCH, {
    flags: [
      {
        syntax: '--web-lifecycle',
        help: 'allow POST /-/reload to read --config again',
        needs: '--config',
      },
    ],
  }),
  json: option(SWITCH, {
    flags: [
      {
        syntax: '--json',
        help: 'print columns and events as one JSON object per line',
        conflicts: ['--quiet'],
      },
    ],
  }),
  plain: option(SWITCH, {
    flags: [{ syntax: '--plain', help: 'print lines only, without the live table on a terminal' }],
  }),
  quiet: option(SWITCH, {
    flags: [{ syntax: '-q, --quiet', help: 'print only the summary' }],
  }),
};

/** The options that the command was given. */
export type WatchGiven = Given<typeof WATCH_FLAGS>;

/** An option of ping, for the targets on the command line. */
function ofTargets<Value>(of: Option<Value>): Option<Value, unknown, typeof of.default, undefined> {
  const flags = of.flags.map((flag): Flag<Value> => ({ ...flag, conflicts: CONFLICTS }));
  return { ...of, flags, place: undefined };
}

export const WATCH_HELP = `
Examples:
  echogram watch 192.0.2.7 echo.example.net:7
  echogram watch 192.0.2.7 192.0.2.8 -i 100ms --history watch.db
  echogram watch --config watch.yaml
  echogram watch --config watch.yaml --check
  echogram watch 192.0.2.7 --json | jq .

On a terminal a table shows all targets, the worst first. The page is at http://127.0.0.1:10001/ and metrics for
Prometheus are at /metrics there, unless --listen says otherwise; beyond loopback readers need a token or a password.

A probe is counted when its outcome is known: received if its reply arrived within the timeout, late if it arrived
within twice that, else lost. So sent = received + late + lost at any moment.

The file of --config is read again when it changes, and on SIGHUP; if it has errors, the old configuration stays.
SIGINT or SIGTERM stops the watch, which waits for outstanding replies and prints a line for each target; a second one
ends it at once.

Exit codes: 0 stopped, 2 usage error or failure.`;
