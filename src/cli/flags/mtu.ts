// SPDX-License-Identifier: MIT
// The flags of echogram mtu: the options of a search for the path MTU, and those of the command alone.

import { SWITCH } from '../../options/kind.ts';
import { MTU_OPTIONS } from '../../options/mtu.ts';
import { option } from '../../options/option.ts';
import { FILE_NAME } from '../flag-values.ts';

export const MTU_FLAGS = {
  ...MTU_OPTIONS,
  keyFile: option(FILE_NAME, {
    flags: [{ syntax: '--key-file <file>', help: 'file with the key for authenticated STAMP' }],
  }),
  verbose: option(SWITCH, {
    flags: [{ syntax: '-v, --verbose', help: 'also print a table of the sizes tried' }],
  }),
  json: option(SWITCH, {
    flags: [
      { syntax: '--json', help: 'print the result as a JSON document', conflicts: ['--verbose'] },
    ],
  }),
};

export const MTU_HELP = `
Examples:
  echogram mtu 192.0.2.7
  echogram mtu host.example:7000 --verbose
  echogram mtu 192.0.2.7 --min-mtu 1500
  echogram mtu router.example --protocol stamp --json

It needs no privileges, and any server that returns what it receives. Sizes are those of IP packets in
octets; a payload is 28 octets shorter over IPv4 and 48 over IPv6. If packets
vanish without an ICMP error, a plain echo server can't show in which direction; a stateful STAMP
reflector can (echogram serve --stamp --stamp-stateful).

Exit codes: 0 a limit was found and --min-mtu held, 1 no reply, no size found or --min-mtu failed,
2 usage error or failure.`;
