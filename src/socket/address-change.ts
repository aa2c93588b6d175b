// SPDX-License-Identifier: MIT
// This host's address may change while a channel is open (DHCP, roaming, a VPN). Decides when to check for that, and
// which address may replace one that is gone.

import { START_NS } from '../time.ts';
import { isLinkLocal, isLoopback } from './ip-address.ts';

/**
 * Probes now leave from another address: the old one is gone, or no replies arrived at it and the system now chooses
 * another.
 */
export interface AddressChange {
  /** Nanoseconds since the channel's start. */
  readonly atNs: number;
  readonly from: string;
  readonly to: string;
}

const LOOK_NS = 1e9;

/** The interval while sends fail, which they keep doing until there is another address. */
const DOUBTFUL_LOOK_NS = 200e6;

/** The errors of a send, or of a route lookup, if its source address is gone. */
const DOUBTS: ReadonlySet<string> = new Set([
  'EADDRNOTAVAIL',
  'EHOSTUNREACH',
  'EINVAL',
  'ENETUNREACH',
  'ENODEV',
]);

/**
 * This many probes without a reply may mean that the route no longer uses their source address, as after a VPN came up.
 */
const SILENT_PROBES = 3;

/** Says when to check: about once a second, and sooner after sends that failed as those from a lost address do. */
export class AddressLooks {
  #lookedAtNs = START_NS;
  #isDoubtful = false;
  #heardAtNs = START_NS;
  #sentSince = 0;

  /** Records that probes were sent. */
  send(probes: number): void {
    this.#sentSince += probes;
  }

  /** Records that a datagram arrived. */
  hear(nowNs: number): void {
    this.#heardAtNs = nowNs;
    this.#sentSince = 0;
  }

  /** True if nothing has arrived for a second, although probes were sent. */
  isSilent(nowNs: number): boolean {
    return this.#sentSince >= SILENT_PROBES && nowNs - this.#heardAtNs >= LOOK_NS;
  }

  /** Records that a send failed. */
  failSend(systemCode: string): void {
    if (DOUBTS.has(systemCode)) this.#isDoubtful = true;
  }

  /** True if a check is due; it then counts as done. */
  isDue(nowNs: number): boolean {
    const pauseNs = this.#isDoubtful ? DOUBTFUL_LOOK_NS : LOOK_NS;
    if (nowNs - this.#lookedAtNs < pauseNs) return false;
    this.#lookedAtNs = nowNs;
    this.#isDoubtful = false;
    return true;
  }
}

/**
 * True if probes may leave from `to` instead of `from`. While a host waits for its next address, the system may choose
 * its loopback or link-local address, from which no probe reaches the target.
 */
export function maySucceed(from: string, to: string): boolean {
  return from !== to && reachOf(from) === reachOf(to);
}

function reachOf(address: string): 'host' | 'link' | 'network' {
  if (isLoopback(address)) return 'host';
  return isLinkLocal(address) ? 'link' : 'network';
}
