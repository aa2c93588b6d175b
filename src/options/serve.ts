// SPDX-License-Identifier: MIT
// The options of a server.

import { RECEIVE_BUFFER_BYTES } from '../socket/datagram-socket.ts';
import { DSCPS } from './dscp.ts';
import { IMPAIRMENT } from './impairment.ts';
import { HOST, oneOf, SWITCH, wholeNumber, type Kind } from './kind.ts';
import { NETWORKS } from './networks.ts';
import { dependent, option, type OptionValues } from './option.ts';
import { BIND_PORT, ECHO_PORT } from './ports.ts';
import { stampKey } from './stamp-key.ts';

/** A STAMP Session-Reflector (RFC 8762). */
export const STAMP_OPTIONS = {
  /** Default 862, which needs a right on most systems; 0 lets the system choose. */
  port: option(BIND_PORT),
  /**
   * Numbers the replies of each session by itself, so that a sender knows which way a packet was lost.
   * A session is a source address, port and session identifier; it ends after 900 s without a packet.
   * Each worker has room for 65,536; beyond, a new one takes the place of one that has had one packet, or
   * of the source with most. Default false: a reply has its request's number.
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
   * The key of authenticated mode, 16 octets or more: what it does not authenticate is not answered.
   * Default: unauthenticated mode.
   */
  key: stampKey(),
  /**
   * DSCPs, from 0 to 63, that a request's Class of Service TLV may ask for its reply; any other request has
   * the reply that its own DSCP gets, which every reply has (RFC 8972 section 4.4). Default: all with a
   * key, none without, where strangers would choose how your network treats what you send.
   */
  dscp: option(DSCPS, {
    default: dependent('all with a key, else none'),
    flags: [
      {
        syntax: '--stamp-dscp <classes>',
        help: 'the DSCPs that a Class of Service TLV may request, such as EF,AF41,10, or all, or none; implies --stamp',
      },
    ],
  }),
  /**
   * Answers requests of 14 to 40 octets too, with 44, as RFC 8762 section 4.6 has it: TWAMP-Light senders
   * that do not pad need it. The reply is longer than the request, so that whoever forges a source gains by
   * it: needs `allow`, and no key. Default false.
   */
  answerShort: option(SWITCH, {
    flags: [
      {
        syntax: '--stamp-answer-short',
        help: 'answer STAMP requests of 14 to 40 octets too, with 44 octets; needs --allow; implies --stamp',
      },
    ],
  }),
};

type StampValues = OptionValues<typeof STAMP_OPTIONS>;

const STAMP: Kind<boolean | StampValues> = {
  rule: 'true, false, or an object of options',
  accepts: (value): value is boolean | StampValues =>
    typeof value === 'boolean' || (typeof value === 'object' && value !== null),
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
   * A host name or an address of this host. `localhost`, the default, means every loopback address
   * it resolves to; `0.0.0.0` every IPv4 address of this host; `::` every address.
   */
  host: option(HOST, {
    default: 'localhost',
    flags: [{ syntax: '--host <host>', help: 'name or address of this host to listen on' }],
  }),
  /** 0 lets the system choose a free port. Default 10000. */
  port: option(BIND_PORT, {
    default: ECHO_PORT,
    flags: [{ syntax: '--port <port>', help: 'port to listen on; 0 picks a free one' }],
  }),
  /**
   * Which engine moves the datagrams. `linux` batches system calls; `portable` is node:dgram;
   * `auto`, the default, is `linux` where it opens. See `EchoServer.engineReason`.
   */
  engine: option(oneOf('auto', 'linux', 'portable'), {
    default: 'auto',
    flags: [
      {
        syntax: '--engine <engine>',
        help: 'linux batches system calls, portable runs everywhere',
      },
    ],
  }),
  /**
   * Threads of the Linux engine, each with a socket of its own on the port; `auto` is one for each
   * CPU. One client's datagrams always reach the same one. Default 1.
   */
  workers: option(WORKERS, {
    default: 1,
    engine: 'linux',
    flags: [{ syntax: '--workers <count>', help: 'threads, or auto for one a CPU' }],
  }),
  /** Answers with the DSCP and ECN bits of the request. Linux engine only. Default false. */
  mirrorTos: option(SWITCH, {
    default: false,
    engine: 'linux',
    flags: [{ syntax: '--mirror-tos', help: 'reply with the DSCP and ECN bits of the request' }],
  }),
  /** Takes runs of datagrams that the kernel coalesced (UDP GRO). Linux engine. Default true. */
  gro: option(SWITCH, {
    default: true,
    engine: 'linux',
    flags: [
      { syntax: '--no-gro', help: 'do not receive coalesced runs of datagrams', value: false },
    ],
  }),
  /** Sends replies to one client in one call (UDP GSO). Linux engine. Default true. */
  gso: option(SWITCH, {
    default: true,
    engine: 'linux',
    flags: [{ syntax: '--no-gso', help: 'do not send replies in groups', value: false }],
  }),
  /** Answers source ports that are privileged or known to loop with an echo. Default false. */
  answerAnyPort: option(SWITCH, {
    default: false,
    flags: [
      {
        syntax: '--answer-any-port',
        help: 'answer privileged and loop-prone source ports too (unsafe)',
      },
    ],
  }),
  /** Networks to answer, such as `192.0.2.0/24` or `2001:db8::/32`. Default: all. */
  allow: option(NETWORKS, {
    default: [],
    flags: [{ syntax: '--allow <cidr...>', help: 'answer only these networks' }],
  }),
  /** Networks not to answer, also where `allow` has them. Default: none. */
  deny: option(NETWORKS, {
    default: [],
    flags: [
      {
        syntax: '--deny <cidr...>',
        help: 'do not answer these networks, even if --allow has them',
      },
    ],
  }),
  /**
   * Datagrams a second that one source is answered, an IPv4 address or an IPv6 /56, with bursts of
   * a fifth of that; the server in all answers a hundred times as many. It also switches the guard
   * against echo loops on. 0 is no limit. Default: 1000 where the server is bound beyond loopback,
   * else 0.
   */
  limitPps: option(wholeNumber(0, 1_000_000_000), {
    default: dependent('1000 beyond loopback'),
    flags: [{ syntax: '--limit <pps>', help: 'replies a second to each source; 0 is no limit' }],
  }),
  /** How many datagrams a second become `datagram` events; the rest is counted. Default 10. */
  samplesPerSecond: option(wholeNumber(0, 1_000_000), { default: 10 }),
  /** Receive buffer to ask of the kernel for each socket. Default 4 MiB. */
  receiveBufferBytes: option(wholeNumber(1, 2 ** 30), { default: RECEIVE_BUFFER_BYTES }),
  /** Loses, delays, duplicates, reorders or corrupts replies on purpose. Default: none. */
  impair: option(IMPAIRMENT, {
    flags: [
      { syntax: '--impair <plan>', help: 'lose, delay, duplicate, reorder or corrupt replies' },
    ],
  }),
  /** Answers STAMP too, at a port of its own; `true` is with every default. Default false. */
  stamp: option(STAMP, {
    default: false,
    flags: [{ syntax: '--stamp [port]', help: 'answer STAMP (RFC 8762) too (default port: 862)' }],
  }),
  /**
   * Fills in number and times of the server in echo requests of 20 octets or more, as UDPEchoPlus of
   * TR-143. Default false: an echo changes nothing.
   */
  udpEchoPlus: option(SWITCH, {
    default: false,
    flags: [
      {
        syntax: '--udp-echo-plus',
        help: "fill in the server's number and times, as TR-143 says",
      },
    ],
  }),
};
