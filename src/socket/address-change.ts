// SPDX-License-Identifier: MIT
// This host's address may change while a channel is open (DHCP, roaming, a VPN): when to look for that, and which
// other address may take the place of one that is gone.

import { isLinkLocal, isLoopback } from './ip-address.ts';

/** Probes leave from another address: theirs is gone, or no replies came to it and the system now chooses another. */
export interface AddressChange {
  /** Nanoseconds since the channel's start. */
  readonly atNs: number;
  readonly from: string;
  readonly to: string;
}

const LOOK_NS = 1e9;

/** Sends fail all the time while there is no other address. */
const DOUBTFUL_LOOK_NS = 200e6;

/** What a send fails with, or a lookup of its route, where the address that it leaves from is gone. */
const DOUBTS: ReadonlySet<string> = new Set([
  'EADDRNOTAVAIL',
  'EHOSTUNREACH',
  'EINVAL',
  'ENETUNREACH',
  'ENODEV',
]);

/** So many probes without a reply may be the work of a route that left their address behind, as a new VPN's does. */
const SILENT_PROBES = 3;

/** Says when to look: about once a second, and sooner after sends that failed as those from a lost address do. */
export class AddressLooks {
  #lookedAtNs = 0;
  #isDoubtful = false;
  #heardAtNs = 0;
  #sentSince = 0;

  /** Probes were sent. */
  send(probes: number): void {
    this.#sentSince += probes;
  }

  /** Something came. */
  hear(nowNs: number): void {
    this.#heardAtNs = nowNs;
    this.#sentSince = 0;
  }

  /** True where nothing has come for a second, though probes were sent. */
  isSilent(nowNs: number): boolean {
    return this.#sentSince >= SILENT_PROBES && nowNs - this.#heardAtNs >= LOOK_NS;
  }

  /** A send failed. */
  failSend(systemCode: string): void {
    if (DOUBTS.has(systemCode)) this.#isDoubtful = true;
  }

  /** True where it is time to look, which is then done. */
  isDue(nowNs: number): boolean {
    const pauseNs = this.#isDoubtful ? DOUBTFUL_LOOK_NS : LOOK_NS;
    if (nowNs - this.#lookedAtNs < pauseNs) return false;
    this.#lookedAtNs = nowNs;
    this.#isDoubtful = false;
    return true;
  }
}

/**
 * True where probes may leave from `to` in place of `from`. While a host waits for its next address, the system may
 * choose its loopback or link-local one, from which no probe gets far.
 */
export function maySucceed(from: string, to: string): boolean {
  return from !== to && reachOf(from) === reachOf(to);
}

function reachOf(address: string): 'host' | 'link' | 'network' {
  if (isLoopback(address)) return 'host';
  return isLinkLocal(address) ? 'link' : 'network';
}
