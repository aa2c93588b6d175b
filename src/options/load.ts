// SPDX-License-Identifier: MIT
// The options of a load measurement.

import { BIND, INTERFACE } from './bind-address.ts';
import { byteSize } from './byte-size.ts';
import { FAMILY } from './family.ts';
import { HOST, SWITCH, wholeNumber } from './kind.ts';
import { dependent, option } from './option.ts';
import { PING_OPTIONS } from './ping.ts';
import { duration, ratio } from './quantity.ts';
import { RATE } from './rate.ts';
import { stampKey } from './stamp-key.ts';

/** A trial that loses more than half is cut, so no goal may be higher. */
const LOSS_GOAL = ratio({ max: 0.5 });

export const LOAD_OPTIONS = {
  /** The host name or address to load. */
  host: option(HOST, { isRequired: true }),
  /** Default 10000, or 862 for STAMP. */
  port: PING_OPTIONS.port,
  /**
   * Length of each datagram. Echo: at least 44. STAMP: 44, or at least 48; with a key 112, or at least 116.
   * UDPEchoPlus: at least 68. Default: 64 for echo, the minimum for the others.
   */
  payloadBytes: PING_OPTIONS.payloadBytes,
  /**
   * The highest rate to try. To another host, more than 1,000 datagrams per second or 10 Mbit/s of IP packets also needs
   * `allowFlood`. Default: these two limits, and to this host 1,000,000 datagrams per second.
   */
  maxRate: option(RATE, {
    default: dependent('1000 and at most 10Mbit, or 1000000 to this host'),
    flags: [
      {
        syntax: '--max-rate <rate>',
        help: 'highest rate to try: datagrams per second, or IP bits per second such as 10Mbit',
      },
    ],
  }),
  /** Allows a `maxRate` of more than 1,000 datagrams per second or 10 Mbit/s to another host. Default false. */
  allowFlood: option(SWITCH, {
    default: false,
    flags: [
      {
        syntax: '--flood',
        help: 'allow a --max-rate of more than 1000 or 10Mbit to another host',
        needs: '--max-rate',
      },
    ],
  }),
  /** The rate that must be reached: a lower result fails. At most the highest rate to try. */
  minRate: option(RATE, {
    flags: [
      { syntax: '--min-rate <rate>', help: 'exit 1 unless this rate is reached; as --max-rate' },
    ],
  }),
  /** The share of datagrams that a passing trial may lose, 0 to 0.5. Default 0. */
  maxLossRatio: option(LOSS_GOAL, {
    default: 0,
    flags: [{ syntax: '--max-loss <percent>', help: 'loss that a passing trial may have' }],
    place: 'config.maxLossRatio',
  }),
  /**
   * The width of the result: the lowest rate that fails may exceed the highest that passes by this share, 0.001 to 0.5,
   * and not less than `maxLossRatio` (RFC 9971). Default 0.02.
   */
  precisionRatio: option(ratio({ min: 0.001, max: 0.5 }), {
    default: 0.02,
    flags: [
      {
        syntax: '--precision <percent>',
        help: 'how far apart the highest passing and the lowest failing rate may be',
      },
    ],
    place: 'config.precisionRatio',
  }),
  /** Also measures response times at 110 % of the result. Default false. */
  overload: option(SWITCH, {
    default: false,
    flags: [{ syntax: '--overload', help: 'also measure response times at 110 % of the result' }],
  }),
  /** The longest time for all trials together. Default 60000. */
  budgetMs: option(duration({ minMs: 1000, maxMs: 3_600_000, bareSeconds: Infinity }), {
    default: 60_000,
    flags: [{ syntax: '--budget <duration>', help: 'longest time for the whole measurement' }],
    place: 'config.budgetNs',
  }),
  /** The most bytes of IP packets to send in all trials together. Default 1073741824 (1 GiB). */
  budgetBytes: option(byteSize(2 ** 10, 2 ** 40), {
    default: 2 ** 30,
    flags: [{ syntax: '--budget-bytes <size>', help: 'most bytes to send in all, as IP packets' }],
    place: 'config.budgetBytes',
  }),
  /**
   * Number of source ports to rotate through, so that the load takes every path of a load-balanced network and every
   * receive queue of the server. Default: 1, or 16 if the rate may exceed 10,000 per second.
   */
  sourcePorts: option(wholeNumber(1, 1024), {
    default: dependent('1, or 16 if the rate may exceed 10000 per second'),
    flags: [
      {
        syntax: '--source-ports <count>',
        help: 'rotate through this many source ports, to cover load-balanced paths',
      },
    ],
    place: 'config.sourcePorts',
  }),
  /** Use only addresses of this IP version. Default: the resolver's order. */
  family: FAMILY,
  /**
   * `echo` works with any server that returns what it receives. `stamp` (RFC 8762; TWAMP-Light) and
   * `udp-echo-plus` (TR-143) need a server that numbers and timestamps its replies, and tell the loss of each direction.
   * Default `echo`.
   */
  protocol: PING_OPTIONS.protocol,
  /** The HMAC-SHA-256 key that authenticates STAMP packets: 16 octets or more, the same on both ends. */
  key: stampKey({
    place: 'config.isAuthenticated',
    // The key is secret, and the file's name was not kept.
    command: '--key-file FILE',
  }),
  /**
   * The local address to send from, optionally with a source port: `192.0.2.7`, `192.0.2.7:5000`,
   * `[2001:db8::7]:5000`. Default: the system's choice.
   */
  bind: BIND,
  /** Network interface to send from, as for a ping. Default: the system's choice. */
  interface: INTERFACE,
  /** Differentiated services code point of the datagrams, 0 to 63 (RFC 2474). Linux engine. */
  dscp: PING_OPTIONS.dscp,
  /**
   * `linux` measures with kernel timestamps in its own thread, `portable` on this thread's event loop.
   * Default `auto`: `linux` if it can run.
   */
  engine: PING_OPTIONS.engine,
};
