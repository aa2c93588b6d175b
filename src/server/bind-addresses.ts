// SPDX-License-Identifier: MIT
// Which addresses of this host a server binds to, and which are its networks' broadcast addresses.

import type { NetworkInterfaceInfo } from 'node:os';
import { createError } from '../errors.ts';
import {
  formatAddressWords,
  isLoopback,
  MAPPED_PREFIX,
  parseAddress,
  type SocketAddress,
} from '../socket/ip-address.ts';
import { listInterfaces } from '../socket/interfaces.ts';
import type { BoundTo } from './engines/engine.ts';
import { resolveHost, type IpVersion } from '../socket/resolve.ts';

/** The addresses to bind for a host as the user gave it. */
export interface BindAddresses {
  readonly addresses: readonly string[];
  /**
   * True where an address may turn out not to be this host's without harm: `localhost` stands for
   * the loopback addresses it has, and one without IPv6 has no ::1; of a wildcard's addresses one
   * may have gone since they were listed.
   */
  readonly allowMissing: boolean;
  /** What the user should know of them, in a whole sentence. */
  readonly warning?: string;
}

/**
 * Resolves the host to bind for an engine that answers from whichever address was asked.
 *
 * @returns a wildcard as itself; `::` covers IPv4 too, by a socket of each
 * @throws SocketError `ECHOGRAM_ERR_HOST_UNRESOLVED`
 */
export async function wildcardOrAddresses(
  host: string,
  signal?: AbortSignal,
): Promise<BindAddresses> {
  const addresses = await writtenAddresses(host, signal);
  if (addresses.includes('::')) return { addresses: ['0.0.0.0', '::'], allowMissing: true };
  return { addresses, allowMissing: host === 'localhost' };
}

/**
 * Resolves the host to bind for an engine that can't see which address was asked.
 *
 * A wildcard becomes one address for each that this host has now: node:dgram can't tell which
 * address a datagram came to, and a wildcard socket would answer from the wrong one
 * (nodejs/node#54483), which a connected client discards. `::` covers IPv4 too.
 *
 * @throws SocketError `ECHOGRAM_ERR_HOST_UNRESOLVED`, `ECHOGRAM_ERR_WILDCARD_EMPTY`
 */
export async function eachAddress(host: string, signal?: AbortSignal): Promise<BindAddresses> {
  const addresses = await writtenAddresses(host, signal);
  if (!addresses.some(isWildcard)) return { addresses, allowMissing: host === 'localhost' };
  const ipVersion = addresses.includes('::') ? undefined : 4;
  const { isRefused } = listInterfaces();
  if (isRefused) return await wildcardItself(host);
  return { addresses: hostAddresses(host, ipVersion), allowMissing: true };
}

/** Right where the host has one address; elsewhere the system chooses which one a reply leaves from. */
async function wildcardItself(host: string): Promise<BindAddresses> {
  const warning = `the system refuses to list this host's addresses, so one socket answers for all of them, and a reply may leave from another address than was asked; bind one address, or allow AF_NETLINK`;
  return { ...(await wildcardOrAddresses(host)), allowMissing: true, warning };
}

/** The host's addresses, a wildcard written as `::` or `0.0.0.0` whatever its spelling was. */
async function writtenAddresses(host: string, signal?: AbortSignal): Promise<string[]> {
  const resolved = await resolveHost(host, { signal });
  return resolved.map(({ address }) => {
    const canonical = formatAddressWords(parseAddress(address)!);
    return isWildcard(canonical) ? canonical : address;
  });
}

/** True where the address stands for every address of the host. */
export function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

/** True for a multicast address, and for a broadcast address: one of `broadcasts`, or of all. */
export function isGroup(address: string, broadcasts: readonly number[]): boolean {
  const [first = 0, , prefix, last = 0] = parseAddress(address) ?? [];
  if (address.includes(':') && prefix !== MAPPED_PREFIX) return first >>> 24 === 0xff;
  return last >>> 28 === 0xe || last === 0xffff_ffff || broadcasts.includes(last);
}

/** What the rules of admission need to know of the sockets that were bound. */
export function boundTo(
  sockets: readonly { readonly local: SocketAddress }[],
  threads: number,
): BoundTo {
  return {
    ports: [...new Set(sockets.map(({ local }) => local.port))],
    isLoopbackOnly: sockets.every(({ local }) => isLoopback(local.address)),
    threads,
  };
}

/** The broadcast address of each IPv4 network this host is on, as 32-bit words; none where it can't be known. */
export function broadcastWords(): number[] {
  return interfaceAddresses()
    .filter(([, info]) => info.family === 'IPv4')
    .flatMap(([, { address, netmask }]) => broadcastWord(address, netmask) ?? []);
}

/** The broadcast address of the IPv4 network that `address` is on, or `undefined` for none. */
export function broadcastWord(address: string, netmask: string): number | undefined {
  const mask = parseAddress(netmask)![3]!;
  // /31 and /32 have no broadcast address (RFC 3021).
  if (mask >= 0xffff_fffe) return undefined;
  return (parseAddress(address)![3]! | ~mask) >>> 0;
}

function hostAddresses(host: string, ipVersion?: IpVersion): string[] {
  const addresses = interfaceAddresses()
    .filter(([, info]) => ipVersion === undefined || info.family === `IPv${ipVersion}`)
    .map(([name, info]) => (isLinkLocal(info) ? `${info.address}%${name}` : info.address));
  if (addresses.length === 0) throw createError('ECHOGRAM_ERR_WILDCARD_EMPTY', { host });
  return addresses;
}

function interfaceAddresses(): [string, NetworkInterfaceInfo][] {
  return Object.entries(listInterfaces().interfaces).flatMap(([name, infos]) =>
    infos.map((info): [string, NetworkInterfaceInfo] => [name, info]),
  );
}

function isLinkLocal(info: NetworkInterfaceInfo): boolean {
  return info.family === 'IPv6' && info.scopeid !== 0;
}
