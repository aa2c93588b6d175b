// SPDX-License-Identifier: MIT
// The options of one message and its reply.

import { BIND } from './bind-address.ts';
import { FAMILY } from './family.ts';
import { HOST, wholeNumber } from './kind.ts';
import { option } from './option.ts';
import { ECHO_PORT, REMOTE_PORT } from './ports.ts';
import { duration } from './quantity.ts';

export const SEND_OPTIONS = {
  /** A host name or an address. Default `localhost`. */
  host: option(HOST, {
    default: 'localhost',
    flags: [{ syntax: '--host <host>', help: 'name or address to send to' }],
  }),
  /** Default 10000. */
  port: option(REMOTE_PORT, {
    default: ECHO_PORT,
    flags: [{ syntax: '--port <port>', help: 'port to send to' }],
  }),
  /** How long to wait for a reply after each datagram. Default 1000. */
  timeoutMs: option(duration(), {
    default: 1000,
    flags: [{ syntax: '--timeout <duration>', help: 'how long to wait after each datagram' }],
  }),
  /** How often to send again where no reply came. Default 0. */
  retries: option(wholeNumber(0, 1_000_000), {
    default: 0,
    flags: [{ syntax: '--retries <count>', help: 'how many times to send again' }],
  }),
  /** Asks only addresses of this IP version. Default: the resolver's order. */
  family: FAMILY,
  /**
   * An address of this host to send from, with a source port where that matters: `192.0.2.7`, `192.0.2.7:5000`,
   * `[2001:db8::7]:5000`. Default: the system's choice.
   */
  bind: BIND,
};
