// SPDX-License-Identifier: MIT
// The addresses of this host, if the system lists them. A sandbox may forbid that (systemd's RestrictAddressFamilies
// without AF_NETLINK), and nothing here needs them enough to fail without them.

import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import { isSameAddress } from './ip-address.ts';

export interface InterfaceList {
  /** Interfaces by name; none if the list was refused. */
  readonly interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[]>>;
  readonly isRefused: boolean;
}

/** Lists the current interfaces. */
export function listInterfaces(): InterfaceList {
  try {
    const found = Object.entries(networkInterfaces());
    const interfaces = Object.fromEntries(found.map(([name, infos = []]) => [name, infos]));
    return { interfaces, isRefused: false };
  } catch {
    // Node's own message for this is "undefined returned undefined".
    return { interfaces: {}, isRefused: true };
  }
}

/** False if the system's list does not contain the address; true if the system lists none. */
export function isOwnAddress(address: string): boolean {
  const { interfaces, isRefused } = listInterfaces();
  if (isRefused) return true;
  const infos = Object.values(interfaces).flat();
  return infos.some((info) => isSameAddress(info.address, address));
}

/** The interface's name, or its number if it is gone. */
export function zoneName(scopeId: number): string {
  const found = Object.entries(listInterfaces().interfaces).find(([, infos]) =>
    infos.some((info) => info.family === 'IPv6' && info.scopeid === scopeId),
  );
  return found?.[0] ?? String(scopeId);
}
