// SPDX-License-Identifier: MIT
// What a server may be asked for: the options, their rules, and what they are where not given.

import { createError } from '../errors.ts';
import {
  ABORT_SIGNAL,
  BIND_PORT,
  BOOLEAN,
  ECHO_PORT,
  integer,
  HOST,
  oneOf,
  parseOptions,
  STAMP_KEY,
  type OptionRule,
  type OptionRules,
} from '../options.ts';
import { RECEIVE_BUFFER_BYTES, type EngineChoice } from '../socket/datagram-socket.ts';
import { isCidr } from './cidr-list.ts';
import { isImpairmentPlan, type ImpairmentPlan } from './impairment.ts';

/** A STAMP Session-Reflector (RFC 8762). */
export interface StampOptions {
  /** Default 862, which needs a right on most systems; 0 lets the system choose. */
  readonly port?: number;
  /**
   * Numbers the replies of each session by itself, so that a sender knows which way a packet was lost.
   * A session is a source address, port and session identifier; it ends after 900 s without a packet.
   * Each worker has room for 65,536; beyond, a new one takes the place of one that has had one packet, or
   * of the source with most. Default false: a reply has its request's number.
   */
  readonly stateful?: boolean;
  /**
   * The key of authenticated mode, 16 octets or more: what it does not authenticate is not answered.
   * Default: unauthenticated mode.
   */
  readonly key?: Uint8Array;
  /**
   * DSCPs, from 0 to 63, that a request's Class of Service TLV may ask for its reply; any other request has
   * the reply that its own DSCP gets, which every reply has (RFC 8972 section 4.4). Default: all with a
   * key, none without, where strangers would choose how your network treats what you send.
   */
  readonly dscp?: readonly number[];
  /**
   * Answers requests of 14 to 40 octets too, with 44, as RFC 8762 section 4.6 has it: TWAMP-Light senders
   * that do not pad need it. The reply is longer than the request, so that whoever forges a source gains by
   * it: needs `allow`, and no key. Default false.
   */
  readonly answerShort?: boolean;
}

/** How to serve. Every field has a default. */
export interface ServeOptions {
  /**
   * A host name or an address of this host. `localhost`, the default, means every loopback address
   * it resolves to; `0.0.0.0` every IPv4 address of this host; `::` every address.
   */
  readonly host?: string;
  /** 0 lets the system choose a free port. Default 10000. */
  readonly port?: number;
  /** Answers source ports that are privileged or known to loop with an echo. Default false. */
  readonly answerAnyPort?: boolean;
  /** Networks to answer, such as `192.0.2.0/24` or `2001:db8::/32`. Default: all. */
  readonly allow?: readonly string[];
  /** Networks not to answer, also where `allow` has them. Default: none. */
  readonly deny?: readonly string[];
  /**
   * Datagrams a second that one source is answered, an IPv4 address or an IPv6 /56, with bursts of
   * a fifth of that; the server in all answers a hundred times as many. It also switches the guard
   * against echo loops on. 0 is no limit. Default: 1000 where the server is bound beyond loopback,
   * else 0.
   */
  readonly limitPps?: number;
  /** How many datagrams a second become `datagram` events; the rest is counted. Default 10. */
  readonly samplesPerSecond?: number;
  /** Receive buffer to ask of the kernel for each socket. Default 4 MiB. */
  readonly receiveBufferBytes?: number;
  /**
   * Which engine moves the datagrams. `linux` batches system calls; `portable` is node:dgram;
   * `auto`, the default, is `linux` where it opens. See `EchoServer.engineReason`.
   */
  readonly engine?: EngineChoice;
  /**
   * Threads of the Linux engine, each with a socket of its own on the port; `auto` is one for each
   * CPU. One client's datagrams always reach the same one. Default 1.
   */
  readonly workers?: number | 'auto';
  /** Answers with the DSCP and ECN bits of the request. Linux engine only. Default false. */
  readonly mirrorTos?: boolean;
  /** Takes runs of datagrams that the kernel coalesced (UDP GRO). Linux engine. Default true. */
  readonly gro?: boolean;
  /** Sends replies to one client in one call (UDP GSO). Linux engine. Default true. */
  readonly gso?: boolean;
  /** Loses, delays, duplicates, reorders or corrupts replies on purpose. Default: none. */
  readonly impair?: ImpairmentPlan;
  /** Answers STAMP too, at a port of its own; `true` is with every default. Default: no. */
  readonly stamp?: boolean | StampOptions;
  /**
   * Fills in number and times of the server in echo requests of 20 octets or more, as UDPEchoPlus of
   * TR-143. Default false: an echo changes nothing.
   */
  readonly udpEchoPlus?: boolean;
  /** Closes the server when it is aborted. */
  readonly signal?: AbortSignal;
}

const CIDRS: OptionRule = {
  rule: 'a list of IP addresses or networks, such as 192.0.2.0/24',
  accepts: (value) => Array.isArray(value) && value.every(isCidr),
};

const RULES: OptionRules<ServeOptions> = {
  host: HOST,
  port: BIND_PORT,
  answerAnyPort: BOOLEAN,
  allow: CIDRS,
  deny: CIDRS,
  limitPps: integer(0, 1_000_000_000),
  samplesPerSecond: integer(0, 1_000_000),
  receiveBufferBytes: integer(1, 2 ** 30),
  engine: oneOf('auto', 'linux', 'portable'),
  workers: {
    rule: "a whole number from 1 to 256, or 'auto'",
    accepts: (value) => value === 'auto' || integer(1, 256).accepts(value),
  },
  mirrorTos: BOOLEAN,
  gro: BOOLEAN,
  gso: BOOLEAN,
  impair: {
    rule: 'an impairment plan: ratios from 0 to 1, and delays in milliseconds',
    accepts: isImpairmentPlan,
  },
  stamp: {
    rule: 'true, false, or an object of options',
    accepts: (value) => typeof value === 'boolean' || (typeof value === 'object' && value !== null),
  },
  udpEchoPlus: BOOLEAN,
  signal: ABORT_SIGNAL,
};

const STAMP_RULES: Readonly<Record<`stamp.${keyof StampOptions}`, OptionRule>> = {
  'stamp.port': BIND_PORT,
  'stamp.stateful': BOOLEAN,
  'stamp.key': STAMP_KEY,
  'stamp.answerShort': BOOLEAN,
  'stamp.dscp': {
    rule: 'a list of whole numbers from 0 to 63',
    accepts: (value) => Array.isArray(value) && value.every(integer(0, 63).accepts),
  },
};

/** @throws OptionError; it never holds the key */
function checkStampOptions(options: StampOptions): void {
  const given = Object.entries(options) as [string, unknown][];
  const named = given.map(([name, value]) => [`stamp.${name}`, value]);
  const full = Object.fromEntries(named) as Record<keyof typeof STAMP_RULES, unknown>;
  parseOptions(STAMP_RULES, full, {});
}

const DEFAULTS = {
  host: 'localhost',
  port: ECHO_PORT,
  answerAnyPort: false,
  allow: [],
  deny: [],
  samplesPerSecond: 10,
  receiveBufferBytes: RECEIVE_BUFFER_BYTES,
  engine: 'auto',
  workers: 1,
  mirrorTos: false,
  gro: true,
  gso: true,
  stamp: false,
  udpEchoPlus: false,
} as const satisfies ServeOptions;

/** With every default. */
export type ParsedOptions = ServeOptions &
  Required<Omit<ServeOptions, 'signal' | 'limitPps' | 'impair'>>;

/**
 * The options with all defaults.
 *
 * @throws OptionError for an option outside its rule
 */
export function parseServeOptions(options: ServeOptions): ParsedOptions {
  const parsed: ParsedOptions = parseOptions(RULES, options, DEFAULTS);
  if (typeof parsed.stamp !== 'object') return parsed;
  checkStampOptions(parsed.stamp);
  const { answerShort = false, key } = parsed.stamp;
  if (answerShort && (parsed.allow.length === 0 || key !== undefined)) {
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: 'stamp.answerShort',
      rule: 'false without allowed networks, or with a key',
      value: true,
      remedy: 'name the networks of the senders with allow',
    });
  }
  return parsed;
}
