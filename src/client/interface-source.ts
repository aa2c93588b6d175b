// SPDX-License-Identifier: MIT
// Finds the address of the interface that a caller wants to send from, for a target.

import { createError } from '../errors.ts';
import { listInterfaces, type InterfaceList } from '../socket/interfaces.ts';
import { isLinkLocal, isLoopback } from '../socket/ip-address.ts';
import type { HostAddress } from '../socket/resolve.ts';
import type { LocalAddress } from './bind-address.ts';

type InterfaceAddresses = InterfaceList['interfaces'][string];

/**
 * The address of an interface for the first peer for which it has one.
 *
 * @param peers  at least one
 * @throws OptionError `ECHOGRAM_ERR_OPTION_VALUE` if there is no such interface, or it has no address for any of the
 * peers
 */
export function interfaceSource(device: string, peers: readonly HostAddress[]): LocalAddress {
  const own = addressesOf(device);
  for (const peer of peers) {
    const address = sourceFor(peer, own);
    if (address === undefined) continue;
    // A link-local address is meaningless without its interface.
    const zone = peer.ipVersion === 6 && isLinkLocal(address) ? `%${device}` : '';
    return { address: `${address}${zone}`, ipVersion: peer.ipVersion, port: 0, device };
  }
  const { ipVersion, address } = peers[0]!;
  throw wrongInterface(
    device,
    `one with an IPv${ipVersion} address from which the target (${address}) can answer`,
    `it has ${own.map(({ address }) => address).join(', ')}`,
  );
}

/** @throws OptionError `ECHOGRAM_ERR_OPTION_VALUE` if both are given */
export function requireOneSource(options: {
  readonly bind?: string | undefined;
  readonly interface?: string | undefined;
}): void {
  if (options.bind === undefined || options.interface === undefined) return;
  throw wrongInterface(options.interface, 'left out if bind is given', 'give one of them');
}

function addressesOf(device: string): InterfaceAddresses {
  const { interfaces, isRefused } = listInterfaces();
  if (Object.hasOwn(interfaces, device)) return interfaces[device]!;
  const remedy = isRefused
    ? 'this system does not list its interfaces: give an address of it with bind'
    : `choose one of ${Object.keys(interfaces).join(', ')}`;
  throw wrongInterface(device, 'an interface of this host that is up and has an address', remedy);
}

/** A link-local address works only on its link, and a loopback target can reply only over loopback. */
function sourceFor(peer: HostAddress, own: InterfaceAddresses): string | undefined {
  const ofFamily = own.filter(
    ({ family, address }) =>
      family === `IPv${peer.ipVersion}` && (isLoopback(address) || !isLoopback(peer.address)),
  );
  const [same] = ofFamily.filter(
    ({ address }) => isLinkLocal(address) === isLinkLocal(peer.address),
  );
  const [any] = peer.ipVersion === 4 || isLinkLocal(peer.address) ? ofFamily : [];
  return (same ?? any)?.address;
}

function wrongInterface(value: string, rule: string, remedy: string): Error {
  return createError('ECHOGRAM_ERR_OPTION_VALUE', { option: 'interface', rule, value, remedy });
}
