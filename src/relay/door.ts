// SPDX-License-Identifier: MIT
// Decides which clients a relay serves.

import { CidrList } from '../socket/cidr-list.ts';
import { listInterfaces } from '../socket/interfaces.ts';
import type { SocketAddress } from '../socket/ip-address.ts';
import type { RelayRefusal } from './relay-counters.ts';

export interface DoorRules {
  /** Networks to serve; empty means all. */
  readonly allow: readonly string[];
  /** The addresses it listens on: at least one, all with the same port. */
  readonly own: readonly SocketAddress[];
}

export class Door {
  readonly #allow: CidrList;
  readonly #port: number;
  readonly #ownAddresses: ReadonlySet<string>;

  constructor({ allow, own }: DoorRules) {
    this.#allow = new CidrList(allow);
    this.#port = own[0]!.port;
    // A wildcard stands for the addresses of the interfaces; those of an interface without a carrier are not listed.
    const interfaces = Object.values(listInterfaces().interfaces).flat();
    const addresses = [...own, ...interfaces].map(({ address }) => withoutZone(address));
    this.#ownAddresses = new Set(addresses);
  }

  /** @param words  the client's address as four words */
  refusalOf({ address, port }: SocketAddress, words: Uint32Array): RelayRefusal | null {
    if (port === 0) return 'port-zero';
    // A reply would return to the relay, and be forwarded to the server again.
    if (port === this.#port && this.#ownAddresses.has(withoutZone(address))) return 'own-address';
    const isAllowed = this.#allow.size === 0 || this.#allow.matches(words, 0);
    return isAllowed ? null : 'denied-source';
  }
}

/** Interfaces are listed without the zone. */
function withoutZone(address: string): string {
  return address.replace(/%.*$/, '');
}
