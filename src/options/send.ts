// SPDX-License-Identifier: MIT
// The options of one message and its reply.

import { BIND, INTERFACE } from './bind-address.ts';
import { FAMILY } from './family.ts';
import { HOST, wholeNumber } from './kind.ts';
import { option } from './option.ts';
import { ECHO_PORT, REMOTE_PORT } from './ports.ts';
import { BARE_SECONDS, duration } from './quantity.ts';

export const SEND_OPTIONS = {
  /** A host name or an address. Default `localhost`. */
  host: option(HOST, { default: 'localhost' }),
  /** Default 10000. */
  port: option(REMOTE_PORT, {
    default: ECHO_PORT,
    flags: [{ syntax: '-p, --port <port>', help: 'port to send to, unless the target has it' }],
  }),
  /** How long to wait for a reply to each datagram. Default 1000. */
  timeoutMs: option(duration({ bareSeconds: BARE_SECONDS }), {
    default: 1000,
    flags: [
      { syntax: '--timeout <duration>', help: 'how long to wait for a reply to each datagram' },
    ],
  }),
  /** How many times to resend if no reply arrives. Default 0. */
  retries: option(wholeNumber(0, 1_000_000), {
    default: 0,
    flags: [{ syntax: '--retries <count>', help: 'how many times to resend if no reply arrives' }],
  }),
  /** Use only addresses of this IP version. Default: the resolver's order. */
  family: FAMILY,
  /**
   * The local address to send from, optionally with a source port: `192.0.2.7`, `192.0.2.7:5000`,
   * `[2001:db8::7]:5000`. Default: the system's choice.
   */
  bind: BIND,
  /**
   * Network interface whose address to send from; the system's routes choose the interface that the message leaves by.
   * Default: the system's choice.
   */
  interface: INTERFACE,
};
