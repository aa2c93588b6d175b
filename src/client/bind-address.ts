// SPDX-License-Identifier: MIT
// The address of this host that a caller wants to send from, in place of the one that the system chooses.

import { createError, systemCodeOf } from '../errors.ts';
import { formatHostPort } from '../host-port.ts';
import { readBindAddress } from '../options/bind-address.ts';
import { isSameAddress, type SocketAddress } from '../socket/ip-address.ts';
import { resolveHost, unmapped, type HostAddress } from '../socket/resolve.ts';

/** Where to send from. */
export interface LocalAddress extends HostAddress, SocketAddress {}

/** @param bind  an option that was checked */
export async function localAddressOf(bind: string | undefined): Promise<LocalAddress | undefined> {
  const given = bind === undefined ? undefined : readBindAddress(bind);
  if (given === undefined) return undefined;
  const [own] = await resolveHost(unmapped(given.address));
  return { ...own!, port: given.port };
}

/**
 * The peers that can be asked from there.
 *
 * @param peers  at least one
 * @throws OptionError `ECHOGRAM_ERR_OPTION_VALUE` where there is none, or where it would ask itself
 */
export function peersFrom(
  peers: readonly HostAddress[],
  port: number,
  local: LocalAddress | undefined,
): readonly HostAddress[] {
  if (local === undefined) return peers;
  const reachable = peers.filter(({ ipVersion }) => ipVersion === local.ipVersion);
  const [first] = peers;
  if (reachable.length === 0) {
    throw wrongBind(
      local,
      `an IPv${first!.ipVersion} address, as the target is (${first!.address})`,
    );
  }
  if (
    local.port === port &&
    reachable.some(({ address }) => isSameAddress(address, local.address))
  ) {
    throw wrongBind(local, 'another address or port than the target');
  }
  return reachable;
}

/** What the system refused, if that is the address to send from; else the error as it is. */
export function asBindFailure(
  error: unknown,
  local: LocalAddress | undefined,
  { address }: HostAddress,
): unknown {
  if (local === undefined || !(error instanceof Error) || !('syscall' in error)) return error;
  const systemCode = systemCodeOf(error);
  if (error.syscall === 'bind') {
    const { address: host, port } = local;
    return createError('ECHOGRAM_ERR_BIND', { host, port, systemCode }, error);
  }
  // Linux's connect(2) from a loopback address to another host.
  if (systemCode !== 'EINVAL') return error;
  return wrongBind(local, `an address from which ${address} can be reached`, error);
}

function wrongBind({ address, port }: LocalAddress, rule: string, cause?: unknown): Error {
  const value = port === 0 ? address : formatHostPort(address, port);
  return createError('ECHOGRAM_ERR_OPTION_VALUE', { option: 'bind', rule, value }, cause);
}
