// SPDX-License-Identifier: MIT
// The options of a measurement.

import { MAX_PAYLOAD_BYTES_IPV4, MAX_PAYLOAD_BYTES_IPV6 } from '../socket/datagram-socket.ts';
import { PROBE_MIN_BYTES } from '../wire/probe.ts';
import { BIND, INTERFACE } from './bind-address.ts';
import { DSCP } from './dscp.ts';
import { FAMILY } from './family.ts';
import { HOST, oneOf, SWITCH, wholeNumber, type ValueText } from './kind.ts';
import { limit } from './limit.ts';
import { dependent, option } from './option.ts';
import { REMOTE_PORT } from './ports.ts';
import { BARE_SECONDS, duration, RATIO } from './quantity.ts';
import { stampKey } from './stamp-key.ts';

const PER_SECOND = wholeNumber(1, 1e6).text!;

/** Probes per second, which give the time between probes. */
const RATE: ValueText<number> = {
  read: (name, text) => 1000 / PER_SECOND.read(name, text),
  write: (intervalMs) => PER_SECOND.write(1000 / intervalMs),
};

export const PING_OPTIONS = {
  /** The host name or address to probe. */
  host: option(HOST, { isRequired: true }),
  /** Default 10000, or 862 for STAMP. */
  port: option(REMOTE_PORT, {
    default: dependent('10000, or 862 for STAMP'),
    flags: [{ syntax: '-p, --port <port>', help: 'port to send to, unless the target has it' }],
    place: 'target.port',
  }),
  /** Number of probes to send. Default: no limit. */
  count: option(wholeNumber(1, 2 ** 53 - 1), {
    flags: [{ syntax: '-c, --count <count>', help: 'number of probes to send' }],
    place: 'config.count',
  }),
  /** Time between probes. Default 1000. */
  intervalMs: option(duration({ bareSeconds: BARE_SECONDS }), {
    default: 1000,
    flags: [
      { syntax: '-i, --interval <duration>', help: 'time between probes' },
      { syntax: '--rate <pps>', help: 'probes per second, instead of -i; see below', text: RATE },
    ],
    place: 'config.intervalNs',
    placeMeans:
      'Time between probes; not a whole number if the rate does not divide a second evenly, as with 300 per second.',
  }),
  /**
   * Length of each probe. Echo: at least 44. STAMP: 44, or at least 48; with a key 112, or at least 116.
   * UDPEchoPlus: at least 68. Default: 64 for echo, the minimum for the others.
   */
  payloadBytes: option(wholeNumber(PROBE_MIN_BYTES, MAX_PAYLOAD_BYTES_IPV6), {
    default: dependent("64, or the protocol's minimum for stamp and udp-echo-plus"),
    flags: [
      {
        syntax: '-s, --size <bytes>',
        help: `probe size in bytes: ${PROBE_MIN_BYTES} to ${MAX_PAYLOAD_BYTES_IPV4}, or ${MAX_PAYLOAD_BYTES_IPV6} over IPv6`,
      },
    ],
    place: 'config.payloadBytes',
  }),
  /** How long to send. Default: no limit. */
  durationMs: option(duration({ bareSeconds: Infinity }), {
    flags: [{ syntax: '-w, --duration <duration>', help: 'stop sending after this long' }],
    place: 'config.durationNs',
  }),
  /** How long to wait for a reply before a probe counts as lost; at most 524,288 intervals. Default 1000. */
  timeoutMs: option(duration({ bareSeconds: BARE_SECONDS }), {
    default: 1000,
    flags: [
      {
        syntax: '-W, --timeout <duration>',
        help: 'how long to wait for a reply before a probe counts as lost',
      },
    ],
    place: 'config.timeoutNs',
  }),
  /** Use only addresses of this IP version. Default: the resolver's order. */
  family: FAMILY,
  /**
   * `echo` works with any server that returns what it receives. `stamp` (RFC 8762; TWAMP-Light) and
   * `udp-echo-plus` (TR-143) need a server that numbers and timestamps its replies, and measure each
   * direction separately. Default `echo`.
   */
  protocol: option(oneOf('echo', 'stamp', 'udp-echo-plus'), {
    default: 'echo',
    flags: [
      {
        syntax: '--protocol <protocol>',
        help: 'stamp and udp-echo-plus measure each direction separately',
      },
    ],
    place: 'target.protocol',
  }),
  /** The HMAC-SHA-256 key that authenticates STAMP packets: 16 octets or more, the same on both ends. */
  key: stampKey({
    place: 'config.isAuthenticated',
    // The key is secret, and the file's name was not kept.
    command: '--key-file FILE',
  }),
  /** `poisson` draws random gaps, so that no periodic cause can hide between probes. Default `periodic`. */
  schedule: option(oneOf('periodic', 'poisson'), {
    default: 'periodic',
    flags: [
      {
        syntax: '--schedule <kind>',
        help: 'periodic sends at equal intervals, poisson at random ones',
      },
    ],
    place: 'config.schedule',
  }),
  /** Number of source ports to rotate through, so that probes take every path of a load-balanced network. Default 1. */
  flows: option(wholeNumber(1, 1024), {
    default: 1,
    flags: [
      {
        syntax: '--flows <count>',
        help: 'rotate through this many source ports, to cover load-balanced paths',
      },
    ],
    place: 'config.flows',
  }),
  /**
   * The local address to send from, optionally with a source port: `192.0.2.7`, `192.0.2.7:5000`,
   * `[2001:db8::7]:5000`. It does not change if this host's address changes. Default: the system's choice.
   */
  bind: BIND,
  /**
   * Network interface to send from. The Linux engine binds its sockets to it (SO_BINDTODEVICE), even if its address
   * changes: no probe leaves and no reply arrives through another interface. The portable engine only sends from the
   * address that it had at the start, and the system's routes choose the interface. Default: the system's choice.
   */
  interface: INTERFACE,
  /** TTL (hop limit) of the probes. Default: the system's. */
  ttl: option(wholeNumber(1, 255), {
    flags: [{ syntax: '--ttl <hops>', help: 'TTL (hop limit) of the probes' }],
    place: 'config.ttl',
  }),
  /** Differentiated services code point of the probes, 0 to 63 (RFC 2474). Linux engine. */
  dscp: option(DSCP, {
    engine: 'linux',
    flags: [
      {
        syntax: '--dscp <class>',
        help: 'DSCP of the probes: 0 to 63, EF, AF11 to AF43 or CS0 to CS7',
      },
    ],
    place: 'config.dscp',
  }),
  /**
   * The DF bit of the probes. With `set`, neither routers nor this host fragment them: a probe that is too long for the
   * path causes an ICMP error, or is not sent (EMSGSIZE). With `clear` they may be fragmented; over IPv6 only by this
   * host. Default: the system's; Linux sets it until it learns a smaller path MTU. Linux engine.
   */
  dontFragment: option(oneOf('set', 'clear'), {
    engine: 'linux',
    flags: [
      { syntax: '--df', help: 'forbid fragmentation of the probes (DF bit set)', value: 'set' },
      {
        syntax: '--no-df',
        help: 'allow fragmentation of the probes (DF bit clear)',
        value: 'clear',
      },
    ],
    place: 'config.dontFragment',
  }),
  /**
   * `linux` measures with kernel timestamps in its own thread, `portable` on this thread's event loop.
   * Default `auto`: `linux` if it can run.
   */
  engine: option(oneOf('auto', 'linux', 'portable'), {
    default: 'auto',
    flags: [
      {
        syntax: '--engine <engine>',
        help: 'linux uses kernel timestamps; portable runs everywhere',
      },
    ],
    place: 'tool.engine',
  }),
  /** Maximum share of probes that may go unanswered, 0 to 1. */
  maxLossRatio: option(limit(RATIO), {
    flags: [
      {
        syntax: '--max-loss <percent>',
        help: 'exit 1 if more probes than this are lost, late or not sent',
      },
    ],
  }),
  /**
   * Maximum share of the probes that may be lost on the way there, 0 to 1. It needs a protocol that measures each
   * direction.
   */
  maxForwardLossRatio: option(limit(RATIO), {
    flags: [
      {
        syntax: '--max-loss-forward <percent>',
        help: 'exit 1 if more probes than this are lost on the way there (stamp, udp-echo-plus)',
      },
    ],
  }),
  /**
   * Maximum share of the replies that may be lost on the way back, 0 to 1. It needs a protocol that measures each
   * direction.
   */
  maxBackwardLossRatio: option(limit(RATIO), {
    flags: [
      {
        syntax: '--max-loss-backward <percent>',
        help: 'exit 1 if more replies than this are lost on the way back (stamp, udp-echo-plus)',
      },
    ],
  }),
  /** Maximum 99th percentile of round-trip times. */
  maxP99Ms: option(limit(duration()), {
    flags: [
      {
        syntax: '--max-p99 <duration>',
        help: 'exit 1 if the 99th percentile of round-trip times is longer',
      },
    ],
  }),
  /** Maximum smoothed jitter of round-trip times (RFC 3550), as it is at the end. */
  maxJitterMs: option(limit(duration()), {
    flags: [
      {
        syntax: '--max-jitter <duration>',
        help: 'exit 1 if the jitter of the summary (RFC 3550) is larger',
      },
    ],
  }),
  /** Allows a broadcast address as host. Default false. */
  allowBroadcast: option(SWITCH, {
    default: false,
    flags: [{ syntax: '--allow-broadcast', help: 'allow a broadcast address as the target' }],
  }),
  /** Allows more than 1,000 probes per second to another host. Default false. */
  allowFlood: option(SWITCH, {
    default: false,
    flags: [{ syntax: '--flood', help: 'allow more than 1000 probes per second to another host' }],
  }),
};
