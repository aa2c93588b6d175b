// SPDX-License-Identifier: MIT
// Builds the command that starts a server if nothing listens yet.

import { ECHO_PORT, STAMP_PORT } from '../options/ports.ts';
import { isLoopback } from '../socket/ip-address.ts';
import type { ProtocolName } from './protocols/probe-protocol.ts';

/** The target that did not answer. */
interface Unanswered {
  readonly host: string;
  /** One or more of its addresses. */
  readonly addresses: readonly string[];
  readonly port: number;
  readonly protocol: ProtocolName;
  readonly isAuthenticated: boolean;
}

/** `echogram serve --host 0.0.0.0 --port 7000`, to be run on the target host. */
export function serveCommand(asked: Unanswered): string {
  return ['echogram serve', ...hostFlag(asked), ...serviceFlags(asked)].join(' ');
}

function hostFlag({ host, addresses }: Unanswered): string[] {
  const beyond = addresses.filter((address) => !isLoopback(address));
  if (beyond.length > 0) return [`--host ${beyond.some(isIPv6) ? '::' : '0.0.0.0'}`];
  // By default the server binds localhost, which is 127.0.0.1 nearly everywhere, but not always ::1.
  const unusual = addresses.find((address) => address !== '127.0.0.1');
  return host === 'localhost' || unusual === undefined ? [] : [`--host ${unusual}`];
}

function serviceFlags({ port, protocol, isAuthenticated }: Unanswered): string[] {
  const portFlag = port === ECHO_PORT ? [] : [`--port ${port}`];
  if (protocol === 'echo') return portFlag;
  if (protocol === 'udp-echo-plus') return [...portFlag, '--udp-echo-plus'];
  // Besides STAMP the server answers echo requests, on a separate port.
  const echoPort = port === ECHO_PORT ? ['--port 0'] : [];
  const stamp = port === STAMP_PORT ? '--stamp' : `--stamp ${port}`;
  return [...echoPort, stamp, ...(isAuthenticated ? ['--key-file FILE'] : [])];
}

function isIPv6(address: string): boolean {
  return address.includes(':');
}
