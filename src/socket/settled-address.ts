// SPDX-License-Identifier: MIT
// Waits for an IPv6 address that the system is still checking: until then nothing can be bound to it.

import { setTimeout } from 'node:timers/promises';
import { systemCodeOf } from '../errors.ts';
import { listInterfaces } from './interfaces.ts';
import { parseAddress } from './ip-address.ts';
import { monotonicNs } from '../time.ts';

/** Duplicate address detection takes up to two seconds by default (RFC 4862 sections 5.1 and 5.4.2). */
const SETTLING_NS = 4e9;

const LOOK_EVERY_MS = 50;

/**
 * Opens something bound to `address`, and retries while this host has the address and it is tentative.
 *
 * @throws whatever `open` throws; the signal's reason
 */
export async function openSettled<Opened>(
  open: () => Opened | Promise<Opened>,
  address: string,
  signal: AbortSignal | undefined,
): Promise<Opened> {
  const giveUpAtNs = monotonicNs() + SETTLING_NS;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      const isTentative = systemCodeOf(error) === 'EADDRNOTAVAIL' && isOwnIPv6(address);
      if (!isTentative || monotonicNs() > giveUpAtNs) throw error;
    }
    await setTimeout(LOOK_EVERY_MS);
    signal?.throwIfAborted();
  }
}

function isOwnIPv6(address: string): boolean {
  const asked = String(parseAddress(address));
  return Object.values(listInterfaces().interfaces)
    .flat()
    .some((info) => info.family === 'IPv6' && String(parseAddress(info.address)) === asked);
}
