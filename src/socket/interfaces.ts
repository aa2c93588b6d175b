// SPDX-License-Identifier: MIT
// The addresses of this host, where the system lists them: a sandbox may forbid it (systemd's
// RestrictAddressFamilies without AF_NETLINK), and nothing of ours needs them so much that it would end.

import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import { isSameAddress } from './ip-address.ts';

export interface InterfaceList {
  /** Interfaces by name; none where the list was refused. */
  readonly interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[]>>;
  readonly isRefused: boolean;
}

/** Lists them as they are now. */
export function listInterfaces(): InterfaceList {
  try {
    const found = Object.entries(networkInterfaces());
    const interfaces = Object.fromEntries(found.map(([name, infos = []]) => [name, infos]));
    return { interfaces, isRefused: false };
  } catch {
    // Node's own words for it are "undefined returned undefined".
    return { interfaces: {}, isRefused: true };
  }
}

/** False where the system does not list it among its addresses; true where it lists none. */
export function isOwnAddress(address: string): boolean {
  const { interfaces, isRefused } = listInterfaces();
  if (isRefused) return true;
  const infos = Object.values(interfaces).flat();
  return infos.some((info) => isSameAddress(info.address, address));
}

/** The interface's name, or its number where it has gone. */
export function zoneName(scopeId: number): string {
  const found = Object.entries(listInterfaces().interfaces).find(([, infos]) =>
    infos.some((info) => info.family === 'IPv6' && info.scopeid === scopeId),
  );
  return found?.[0] ?? String(scopeId);
}
