// SPDX-License-Identifier: MIT
// Finds the addresses of this host that a server binds to, and the broadcast addresses of this host's networks.

import type { NetworkInterfaceInfo } from 'node:os';
import { createError } from '../errors.ts';
import { formatAddressWords, MAPPED_PREFIX, parseAddress } from './ip-address.ts';
import { listInterfaces } from './interfaces.ts';
import { resolveHost, type IpVersion } from './resolve.ts';

/** The addresses to bind for a host as the user gave it. */
export interface BindAddresses {
  readonly addresses: readonly string[];
  /**
   * True if an address may be missing on this host: `localhost` stands for the loopback addresses that exist, and a
   * host without IPv6 has no ::1; an address of a wildcard may have gone since they were listed.
   */
  readonly allowMissing: boolean;
  /** What the user should know about them, as a whole sentence. */
  readonly warning?: string;
}

/**
 * Resolves the host to bind for an engine that replies from the address that the request was sent to.
 *
 * @returns a wildcard unchanged; `::` covers IPv4 too, with one socket per IP version
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
 * Resolves the host to bind for an engine that can't see which address a request was sent to.
 *
 * A wildcard is replaced by all addresses that this host has now: node:dgram doesn't report the destination address of
 * a datagram, so a wildcard socket could reply from the wrong address (nodejs/node#54483), and a connected client would
 * discard the reply. `::` covers IPv4 too.
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

/** Correct if the host has one address; otherwise the system chooses which address a reply leaves from. */
async function wildcardItself(host: string): Promise<BindAddresses> {
  const warning = `the system refuses to list this host's addresses, so one socket answers for all of them and may reply from a different address than the request was sent to; bind a single address, or allow AF_NETLINK`;
  return { ...(await wildcardOrAddresses(host)), allowMissing: true, warning };
}

/** The host's addresses; a wildcard becomes `::` or `0.0.0.0`, however it was spelled. */
async function writtenAddresses(host: string, signal?: AbortSignal): Promise<string[]> {
  const resolved = await resolveHost(host, { signal });
  return resolved.map(({ address }) => {
    const canonical = formatAddressWords(parseAddress(address)!);
    return isWildcard(canonical) ? canonical : address;
  });
}

/** True if the address stands for every address of the host. */
export function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

/** True for a multicast address, and for a broadcast address: one of `broadcasts`, or of all. */
export function isGroup(address: string, broadcasts: readonly number[]): boolean {
  const [first = 0, , prefix, last = 0] = parseAddress(address) ?? [];
  if (address.includes(':') && prefix !== MAPPED_PREFIX) return first >>> 24 === 0xff;
  return last >>> 28 === 0xe || last === 0xffff_ffff || broadcasts.includes(last);
}

/** The broadcast address of each IPv4 network that this host is on, as 32-bit words; empty if they are unknown. */
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
