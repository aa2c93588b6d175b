// SPDX-License-Identifier: MIT
// The options of a server.

import { RECEIVE_BUFFER_BYTES } from '../socket/datagram-socket.ts';
import { DESCRIPTORS } from './descriptors.ts';
import { DSCPS } from './dscp.ts';
import { IMPAIRMENT } from './impairment.ts';
import { HOST, oneOf, SWITCH, wholeNumber, type Kind } from './kind.ts';
import { NETWORKS } from './networks.ts';
import { dependent, option, type OptionValues } from './option.ts';
import { BIND_PORT, ECHO_PORT } from './ports.ts';
import { stampKey } from './stamp-key.ts';

/** A STAMP Session-Reflector (RFC 8762). */
export const STAMP_OPTIONS = {
  /** Default 862, which most systems let only privileged processes bind; 0 lets the system choose. */
  port: option(BIND_PORT),
  /** Descriptors of bound UDP sockets to answer STAMP on, in place of a port: see the server's `fds`. */
  fds: option(DESCRIPTORS),
  /**
   * Numbers the replies of each session separately, so that a sender can tell which way a packet was lost.
   * A session is a source address, port and session identifier; it ends after 900 s without a packet.
   * Each worker holds up to 65,536 sessions. Beyond that, a new session replaces one with a single packet, or one
   * of the source that has the most. Default false: a reply repeats its request's number.
   */
  stateful: option(SWITCH, {
    flags: [
      {
        syntax: '--stamp-stateful',
        help: 'number the replies of each STAMP session separately; implies --stamp',
      },
    ],
  }),
  /**
   * The key for authenticated mode, 16 octets or more. Packets that it does not authenticate are not answered.
   * Default: unauthenticated mode.
   */
  key: stampKey(),
  /**
   * DSCPs, 0 to 63, that a Class of Service TLV may request for its reply. Other replies carry the DSCP of their
   * request (RFC 8972 section 4.4). Default: all with a key, and none without one, because otherwise strangers
   * would choose how your network treats the packets you send.
   */
  dscp: option(DSCPS, {
    default: dependent('all with a key, else none'),
    flags: [
      {
        syntax: '--stamp-dscp <classes>',
        help: 'DSCPs that a Class of Service TLV may request: a list such as EF,AF41,10, or all, or none; implies --stamp',
      },
    ],
  }),
  /**
   * Also answers requests of 14 to 40 octets, with 44 octets (RFC 8762 section 4.6). TWAMP-Light senders that do
   * not pad need it. The reply is longer than the request, which helps an attacker who forges source
   * addresses, so it requires `allow` and excludes `key`. Default false.
   */
  answerShort: option(SWITCH, {
    flags: [
      {
        syntax: '--stamp-answer-short',
        help: 'also answer STAMP requests of 14 to 40 bytes, with 44 bytes; needs --allow; implies --stamp',
      },
    ],
  }),
};

type StampValues = OptionValues<typeof STAMP_OPTIONS>;

const STAMP: Kind<boolean | StampValues> = {
  rule: 'true, false, or an object of options',
  accepts: (value): value is boolean | StampValues =>
    typeof value === 'boolean' ||
    (typeof value === 'object' && value !== null && !Array.isArray(value)),
  text: {
    read: (name, text) => ({ port: BIND_PORT.text!.read(name, text) }),
    write: (stamp) => String(typeof stamp === 'object' ? stamp.port : stamp),
  },
};

const THREADS = wholeNumber(1, 256);

const WORKERS: Kind<number | 'auto'> = {
  rule: `${THREADS.rule}, or 'auto'`,
  accepts: (value): value is number | 'auto' => value === 'auto' || THREADS.accepts(value),
  text: {
    read: (name, text) => (text === 'auto' ? text : THREADS.text!.read(name, text)),
    write: String,
  },
};

export const SERVE_OPTIONS = {
  /**
   * A local host name or address. `localhost`, the default, means every loopback address that it resolves to,
   * `0.0.0.0` every IPv4 address of this host, and `::` every address.
   */
  host: option(HOST, {
    default: 'localhost',
    flags: [{ syntax: '--host <host>', help: 'local address or host name to listen on' }],
  }),
  /** 0 lets the system choose a free port. Default 10000. */
  port: option(BIND_PORT, {
    default: ECHO_PORT,
    flags: [{ syntax: '-p, --port <port>', help: 'port to listen on; 0 picks a free port' }],
  }),
  /**
   * Descriptors of bound UDP sockets to answer on, in place of `host`, `port` and `workers`, such as those that a service
   * manager passes. The server owns them from then on. Of several sockets at one address (SO_REUSEPORT) each has its own
   * worker. Their buffers stay as they are, and UDP GRO is not used. Linux only.
   */
  fds: option(DESCRIPTORS),
  /**
   * The engine that sends and receives. `linux` batches system calls; `portable` uses node:dgram; `auto`, the
   * default, uses `linux` if it can run. See `EchoServer.engineReason`.
   */
  engine: option(oneOf('auto', 'linux', 'portable'), {
    default: 'auto',
    flags: [
      {
        syntax: '--engine <engine>',
        help: 'linux batches system calls; portable runs everywhere',
      },
    ],
  }),
  /**
   * Number of threads of the Linux engine, each with its own socket on the port; `auto` starts one per CPU.
   * Datagrams of one client always reach the same thread. Default 1.
   */
  workers: option(WORKERS, {
    default: 1,
    engine: 'linux',
    flags: [{ syntax: '--workers <count>', help: 'number of threads, or auto for one per CPU' }],
  }),
  /** Copies the DSCP and ECN bits of the request into the reply. Linux engine only. Default false. */
  mirrorTos: option(SWITCH, {
    default: false,
    engine: 'linux',
    flags: [
      { syntax: '--mirror-tos', help: "copy the request's DSCP and ECN bits into the reply" },
    ],
  }),
  /** Receives datagrams that the kernel coalesced (UDP GRO). Linux engine. Default true. */
  gro: option(SWITCH, {
    default: true,
    engine: 'linux',
    flags: [
      { syntax: '--no-gro', help: 'disable UDP GRO (receiving coalesced datagrams)', value: false },
    ],
  }),
  /** Sends replies to one client in one call (UDP GSO). Linux engine. Default true. */
  gso: option(SWITCH, {
    default: true,
    engine: 'linux',
    flags: [
      { syntax: '--no-gso', help: 'disable UDP GSO (sending replies in groups)', value: false },
    ],
  }),
  /** Also answers source ports that are privileged or known to loop with an echo server. Default false. */
  answerAnyPort: option(SWITCH, {
    default: false,
    flags: [
      {
        syntax: '--answer-any-port',
        help: 'also answer privileged and loop-prone source ports (unsafe)',
      },
    ],
  }),
  /** Networks to answer, such as `192.0.2.0/24` or `2001:db8::/32`. Default: all. */
  allow: option(NETWORKS, {
    default: [],
    flags: [{ syntax: '--allow <cidr...>', help: 'answer only sources in these networks' }],
  }),
  /** Networks never to answer, even if `allow` includes them. Default: none. */
  deny: option(NETWORKS, {
    default: [],
    flags: [
      {
        syntax: '--deny <cidr...>',
        help: 'never answer sources in these networks, even if --allow lists them',
      },
    ],
  }),
  /**
   * Maximum replies per second to each source (an IPv4 address or an IPv6 /56), with bursts of a fifth of that.
   * The server as a whole sends at most a hundred times as many. A limit also turns on the guard against
   * echo loops. 0 disables the limit. Default: 1000 if the server is bound beyond loopback, else 0.
   */
  limitPps: option(wholeNumber(0, 1_000_000_000), {
    default: dependent('1000 beyond loopback'),
    flags: [
      {
        syntax: '--limit <pps>',
        help: 'maximum replies per second per source; 0 disables the limit',
      },
    ],
  }),
  /** Maximum `datagram` events per second; all other datagrams are only counted. Default 10. */
  samplesPerSecond: option(wholeNumber(0, 1_000_000), { default: 10 }),
  /** Receive buffer to request from the kernel for each socket. Default 4 MiB. */
  receiveBufferBytes: option(wholeNumber(1, 2 ** 30), { default: RECEIVE_BUFFER_BYTES }),
  /** Drops, delays, duplicates, reorders or corrupts replies on purpose. Default: none. */
  impair: option(IMPAIRMENT, {
    flags: [
      {
        syntax: '--impair <plan>',
        help: 'drop, delay, duplicate, reorder or corrupt replies on purpose',
      },
    ],
  }),
  /** Also answers STAMP, on a separate port; `true` means all defaults. Default false. */
  stamp: option(STAMP, {
    default: false,
    flags: [{ syntax: '--stamp [port]', help: 'also answer STAMP (RFC 8762) (default port: 862)' }],
  }),
  /**
   * Fills in the server's sequence number and timestamps in requests of 20 octets or more (UDPEchoPlus, TR-143).
   * Default false: echoes are unchanged.
   */
  udpEchoPlus: option(SWITCH, {
    default: false,
    flags: [
      {
        syntax: '--udp-echo-plus',
        help: "fill in the server's sequence number and timestamps (TR-143 UDPEchoPlus)",
      },
    ],
  }),
};
