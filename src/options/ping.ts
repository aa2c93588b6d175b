// SPDX-License-Identifier: MIT
// The options of a measurement.

import { MAX_PAYLOAD_BYTES_IPV4, MAX_PAYLOAD_BYTES_IPV6 } from '../socket/datagram-socket.ts';
import { PROBE_MIN_BYTES } from '../wire/probe.ts';
import { BIND } from './bind-address.ts';
import { DSCP } from './dscp.ts';
import { FAMILY } from './family.ts';
import { HOST, oneOf, SWITCH, wholeNumber, type ValueText } from './kind.ts';
import { dependent, option } from './option.ts';
import { REMOTE_PORT } from './ports.ts';
import { duration, RATIO } from './quantity.ts';
import { stampKey } from './stamp-key.ts';

const PER_SECOND = wholeNumber(1, 1e6).text!;

/** Probes a second, for the time between two. */
const RATE: ValueText<number> = {
  read: (name, text) => 1000 / PER_SECOND.read(name, text),
  write: (intervalMs) => PER_SECOND.write(1000 / intervalMs),
};

export const PING_OPTIONS = {
  /** Who is asked. */
  host: option(HOST),
  /** Default 10000; of STAMP 862. */
  port: option(REMOTE_PORT, { default: dependent('10000, of STAMP 862') }),
  /** Probes to send. Default: no limit. */
  count: option(wholeNumber(1, 2 ** 53 - 1), {
    flags: [{ syntax: '-c, --count <count>', help: 'how many probes to send' }],
    place: 'config.count',
  }),
  /** Time between two probes. Default 1000. */
  intervalMs: option(duration(), {
    default: 1000,
    flags: [
      { syntax: '-i, --interval <duration>', help: 'time between two probes' },
      { syntax: '--rate <pps>', help: 'probes a second, instead of -i; see below', text: RATE },
    ],
    place: 'config.intervalNs',
    placeMeans:
      'Between two probes; not a whole number where the rate does not divide a second, as at 300 a second.',
  }),
  /**
   * Length of each probe, from 44; of STAMP 44 or from 48 (with a key 112 or from 116), of UDPEchoPlus from
   * 68. Default 64, of the others the least.
   */
  payloadBytes: option(wholeNumber(PROBE_MIN_BYTES, MAX_PAYLOAD_BYTES_IPV6), {
    default: dependent('64, or the least of the protocol'),
    flags: [
      {
        syntax: '-s, --size <bytes>',
        help: `length of a probe: ${PROBE_MIN_BYTES} to ${MAX_PAYLOAD_BYTES_IPV4}, over IPv6 ${MAX_PAYLOAD_BYTES_IPV6}`,
      },
    ],
    place: 'config.payloadBytes',
  }),
  /** How long to send. Default: no limit. */
  durationMs: option(duration(), {
    flags: [{ syntax: '-w, --duration <duration>', help: 'stop sending after this time' }],
    place: 'config.durationNs',
  }),
  /** A probe without a reply for so long is lost; at most 524,288 intervals. Default 1000. */
  timeoutMs: option(duration(), {
    default: 1000,
    flags: [
      {
        syntax: '-W, --timeout <duration>',
        help: 'a probe without a reply after this time is lost',
      },
    ],
    place: 'config.timeoutNs',
  }),
  /** Asks only addresses of this IP version. Default: the resolver's order. */
  family: FAMILY,
  /**
   * `echo` asks any server that sends back what it gets. `stamp` (RFC 8762; TWAMP-Light) and
   * `udp-echo-plus` (TR-143) ask one that numbers and times its replies, and so tell the way there from the
   * way back. Default `echo`.
   */
  protocol: option(oneOf('echo', 'stamp', 'udp-echo-plus'), {
    default: 'echo',
    flags: [
      {
        syntax: '--protocol <protocol>',
        help: 'stamp and udp-echo-plus measure each direction',
      },
    ],
    place: 'target.protocol',
  }),
  /** Authenticates STAMP packets, by HMAC-SHA-256: 16 octets or more, the same at the other end. */
  key: stampKey({
    place: 'config.isAuthenticated',
    // Its content is nobody's business, and the name of the file was not kept.
    command: '--key-file FILE',
  }),
  /** `poisson` draws the gaps so that no periodic cause can hide between probes. Default `periodic`. */
  schedule: option(oneOf('periodic', 'poisson'), {
    default: 'periodic',
    flags: [
      {
        syntax: '--schedule <kind>',
        help: 'periodic keeps the gaps equal, poisson draws them at random',
      },
    ],
    place: 'config.schedule',
  }),
  /** Sends from that many ports in turn, so that each path of a balanced network is seen. Default 1. */
  flows: option(wholeNumber(1, 1024), {
    default: 1,
    flags: [
      {
        syntax: '--flows <count>',
        help: 'send from this many source ports in turn, to see each of several paths',
      },
    ],
    place: 'config.flows',
  }),
  /**
   * An address of this host to send from, with a source port where that matters: `192.0.2.7`, `192.0.2.7:5000`,
   * `[2001:db8::7]:5000`. It is kept to if this host's address changes. Default: the system's choice.
   */
  bind: BIND,
  /** Hops that a probe may take. Default: the system's. */
  ttl: option(wholeNumber(1, 255), {
    flags: [{ syntax: '--ttl <hops>', help: 'how many hops a probe may take' }],
    place: 'config.ttl',
  }),
  /** Differentiated services code point of the probes, 0 to 63 (RFC 2474). Linux engine. */
  dscp: option(DSCP, {
    engine: 'linux',
    flags: [
      {
        syntax: '--dscp <class>',
        help: 'DSCP of the probes: 0 to 63, EF, AF11 … or CS0 …',
      },
    ],
    place: 'config.dscp',
  }),
  /**
   * `linux` measures with the kernel's time stamps in a thread of its own, `portable` on this thread's
   * event loop. Default `auto`: `linux` where it opens.
   */
  engine: option(oneOf('auto', 'linux', 'portable'), {
    default: 'auto',
    flags: [
      {
        syntax: '--engine <engine>',
        help: "linux uses the kernel's time stamps, portable runs everywhere",
      },
    ],
    place: 'tool.engine',
  }),
  /** At most so much of what was asked for may go unanswered, from 0 to 1. */
  maxLossRatio: option(RATIO, {
    flags: [
      {
        syntax: '--max-loss <percentage>',
        help: 'exit 1 if more is lost, late or not sent',
      },
    ],
  }),
  /** The 99th percentile of round-trip time may be at most so long. */
  maxP99Ms: option(duration(), {
    flags: [{ syntax: '--max-p99 <duration>', help: 'exit 1 if the 99th percentile is longer' }],
  }),
  /** Allows a broadcast address as host. Default false. */
  allowBroadcast: option(SWITCH, {
    default: false,
    flags: [{ syntax: '--allow-broadcast', help: 'allow sending to a broadcast address' }],
  }),
  /** Allows more than 1,000 probes a second to another host than this. Default false. */
  allowFlood: option(SWITCH, {
    default: false,
    flags: [{ syntax: '--flood', help: 'allow more than 1000 probes a second beyond loopback' }],
  }),
};
