// SPDX-License-Identifier: MIT
// The flags of echogram load: the options of a load measurement, and those of the command alone.

import { LOAD_OPTIONS } from '../../options/load.ts';
import { PING_FLAGS } from './ping.ts';

export const LOAD_FLAGS = {
  ...LOAD_OPTIONS,
  keyFile: PING_FLAGS.keyFile,
  quiet: PING_FLAGS.quiet,
  plain: PING_FLAGS.plain,
  json: PING_FLAGS.json,
  report: PING_FLAGS.report,
};

export const LOAD_HELP = `
Examples:
  echogram load 192.0.2.7                          at most 1000/s and 10Mbit
  echogram load 192.0.2.7 --max-rate 20000 --flood
  echogram load 192.0.2.7 -s 1472 --max-rate 100Mbit --flood --report load.html
  echogram load 192.0.2.7 --min-rate 500           exit 1 if it carries less
  echogram load router.example --protocol stamp --json

Load only your own server, over your own network: other traffic on the way suffers too. An echogram
server limits each source to 1000/s by default: \`echogram serve --limit 0\` removes that.

A rate is a whole number of datagrams per second, or bits per second of IP packets with a unit: kbit,
Mbit or Gbit. The result is a bracket: a rate that passed without loss and without a growing queue, and
one that did not, at most --precision apart (RFC 9971).

With --interface the linux engine sends and receives through that interface alone; the portable engine
sends from its address, and the system's routes choose the interface.

The first Ctrl-C ends the running trial and prints what is known, the second ends the program.
SIGQUIT (Ctrl-\\, on Windows Ctrl-Break) prints what is known so far to standard error.

Exit codes: 0 a rate passed, and --min-rate was reached, 1 no rate passed, the target did not answer or
--min-rate was not reached, 2 usage error or failure.`;
