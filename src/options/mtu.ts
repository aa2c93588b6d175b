// SPDX-License-Identifier: MIT
// The options of a search for the path MTU.

import { BIND, INTERFACE } from './bind-address.ts';
import { FAMILY } from './family.ts';
import { HOST, wholeNumber } from './kind.ts';
import { dependent, option } from './option.ts';
import { PING_OPTIONS } from './ping.ts';
import { stampKey } from './stamp-key.ts';

/** The length field of an IPv4 packet has 16 bits (RFC 791 section 3.1); every path carries 68 octets. */
const MTU = wholeNumber(68, 65_535);

export const MTU_OPTIONS = {
  /** The host name or address whose path is searched. */
  host: option(HOST, { isRequired: true }),
  /** Default 10000, or 862 for STAMP. */
  port: option(PING_OPTIONS.port.kind, {
    default: dependent('10000, or 862 for STAMP'),
    flags: PING_OPTIONS.port.flags,
  }),
  /** Use only addresses of this IP version. Default: the resolver's order. */
  family: FAMILY,
  /**
   * `echo` works with any server that returns what it receives. `stamp` (RFC 8762, with a stateful reflector) and
   * `udp-echo-plus` (TR-143) also tell in which direction packets vanish without an ICMP error. Default `echo`.
   */
  protocol: option(PING_OPTIONS.protocol.kind, {
    default: 'echo',
    flags: [
      {
        syntax: '--protocol <protocol>',
        help: 'stamp and udp-echo-plus tell in which direction packets vanish',
      },
    ],
  }),
  /** The HMAC-SHA-256 key that authenticates STAMP packets: 16 octets or more, the same on both ends. */
  key: stampKey(),
  /**
   * The local address to send from, optionally with a source port: `192.0.2.7`, `192.0.2.7:5000`,
   * `[2001:db8::7]:5000`. Default: the system's choice.
   */
  bind: BIND,
  /** Network interface to send from. Default: the system's choice. */
  interface: INTERFACE,
  /**
   * `linux` sees packets, fragments and ICMP errors; `portable` finds only the largest payload that comes back.
   * Default `auto`: `linux` if it can run.
   */
  engine: option(PING_OPTIONS.engine.kind, {
    default: 'auto',
    flags: [
      {
        syntax: '--engine <engine>',
        help: 'linux sees packets; portable finds only the largest echo',
      },
    ],
  }),
  /** Size of an IP packet, in octets, that must pass in both directions: a smaller result fails. */
  minMtu: option(MTU, {
    flags: [
      { syntax: '--min-mtu <size>', help: 'exit 1 unless IP packets of this size pass both ways' },
    ],
  }),
};
