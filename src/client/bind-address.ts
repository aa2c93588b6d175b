// SPDX-License-Identifier: MIT
// The address of this host to send from, if the caller gives one instead of leaving it to the system.

import { createError, systemCodeOf } from '../errors.ts';
import { formatHostPort } from '../host-port.ts';
import { readBindAddress } from '../options/bind-address.ts';
import { isSameAddress, type SocketAddress } from '../socket/ip-address.ts';
import { resolveHost, unmapped, type HostAddress } from '../socket/resolve.ts';

/** The address and port to send from. */
export interface LocalAddress extends HostAddress, SocketAddress {
  /** The interface that was given by name, and has this address. */
  readonly device?: string;
}

/** @param bind  an option that was already checked */
export async function localAddressOf(bind: string | undefined): Promise<LocalAddress | undefined> {
  const given = bind === undefined ? undefined : readBindAddress(bind);
  if (given === undefined) return undefined;
  const [own] = await resolveHost(unmapped(given.address));
  return { ...own!, port: given.port };
}

/**
 * The peers that can be reached from there.
 *
 * @param peers  at least one
 * @throws OptionError `ECHOGRAM_ERR_OPTION_VALUE` if there is none, or if the socket would be its own peer
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

/** A bind error if the system refused the address to send from; otherwise the error unchanged. */
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
  // Linux returns this from connect(2) from a loopback address to another host.
  if (systemCode !== 'EINVAL') return error;
  const what = local.device === undefined ? 'address' : 'interface';
  return wrongBind(local, `an ${what} from which ${address} can be reached`, error);
}

function wrongBind({ address, port, device }: LocalAddress, rule: string, cause?: unknown): Error {
  const bound = port === 0 ? address : formatHostPort(address, port);
  const [option, value] = device === undefined ? ['bind', bound] : ['interface', device];
  return createError('ECHOGRAM_ERR_OPTION_VALUE', { option, rule, value }, cause);
}
