// SPDX-License-Identifier: MIT
// The options of a relay, which puts a bad network in front of a UDP server.

import { parseHostPort } from '../host-port.ts';
import { IMPAIRMENT } from './impairment.ts';
import { HOST, wholeNumber, wrongText, type Kind } from './kind.ts';
import { NETWORKS } from './networks.ts';
import { option } from './option.ts';
import { BIND_PORT, REMOTE_PORT } from './ports.ts';
import { duration } from './quantity.ts';

/** A host and a port, separately. */
export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

const TARGET_RULE = 'a host and a port from 1 to 65535, as HOST:PORT';

/** As text, `192.0.2.7:7000` or `[2001:db8::7]:7000`, or as an object. */
const TARGET: Kind<string | HostAndPort> = {
  rule: TARGET_RULE,
  accepts: (value): value is string | HostAndPort => readTarget(value) !== undefined,
  text: {
    read(name, text) {
      if (readTarget(text) !== undefined) return text;
      throw wrongText(name, TARGET_RULE, text, 'write 192.0.2.7:7000 or [2001:db8::7]:7000');
    },
    write: (target) => (typeof target === 'string' ? target : `${target.host} port ${target.port}`),
  },
};

/** The host and port of a target that was given in either form; `undefined` if it is no target. */
export function readTarget(target: unknown): HostAndPort | undefined {
  const parts = typeof target === 'string' ? parseHostPort(target) : target;
  if (typeof parts !== 'object' || parts === null || !('host' in parts && 'port' in parts)) {
    return undefined;
  }
  const { host, port } = parts;
  return HOST.accepts(host) && REMOTE_PORT.accepts(port) ? { host, port } : undefined;
}

export const IMPAIR_OPTIONS = {
  /** The server to forward to: `192.0.2.7:7000`, `[2001:db8::7]:7000`, or an object with `host` and `port`. */
  to: option(TARGET, {
    flags: [{ syntax: '--to <host:port>', help: 'the server to forward to' }],
  }),
  /**
   * A host name or address of this host to listen on. Default `localhost`, which means every loopback address that it
   * resolves to. Beyond loopback, `allow` must be given.
   */
  host: option(HOST, {
    default: 'localhost',
    flags: [
      {
        syntax: '--host <host>',
        help: 'local address or host name to listen on; beyond loopback it needs --allow',
      },
    ],
  }),
  /** The port to listen on. Default 0, with which the system chooses a free one. */
  port: option(BIND_PORT, {
    default: 0,
    flags: [{ syntax: '-p, --port <port>', help: 'port to listen on; 0 picks a free port' }],
  }),
  /** The impairments of both directions. Default: none. */
  plan: option(IMPAIRMENT, {
    flags: [{ syntax: '--plan <plan>', help: 'impairments for both directions' }],
  }),
  /** The impairments on the way to the server, in place of `plan`. Default: those of `plan`. */
  forward: option(IMPAIRMENT, {
    flags: [
      {
        syntax: '--forward <plan>',
        help: 'impairments on the way to the server, instead of --plan',
      },
    ],
  }),
  /** The impairments on the way back to the clients, in place of `plan`. Default: those of `plan`. */
  backward: option(IMPAIRMENT, {
    flags: [
      {
        syntax: '--backward <plan>',
        help: 'impairments on the way back to the clients, instead of --plan',
      },
    ],
  }),
  /** Networks whose datagrams are forwarded, such as `192.0.2.0/24`. Default: all that reach a loopback address. */
  allow: option(NETWORKS, {
    default: [],
    flags: [{ syntax: '--allow <cidr...>', help: 'relay only for sources in these networks' }],
  }),
  /** How many clients (address and port) may be connected at once, each with a socket. Default 1024. */
  maxSources: option(wholeNumber(1, 65_536), {
    default: 1024,
    flags: [{ syntax: '--max-sources <count>', help: 'maximum clients at once' }],
  }),
  /** How long a client may send nothing before its socket is closed. Default 300000: 5 minutes (RFC 4787 REQ-5). */
  idleTimeoutMs: option(duration(), {
    default: 300_000,
    flags: [
      {
        syntax: '--idle-timeout <duration>',
        help: 'forget a client that sends nothing for this long',
      },
    ],
  }),
};
