// SPDX-License-Identifier: MIT
// The server behind a relay: a name may have several addresses, and perhaps only one of them answers.

import { formatHostPort } from '../host-port.ts';
import type { HostAddress } from '../socket/resolve.ts';

export class Target {
  readonly port: number;
  readonly #addresses: readonly HostAddress[];
  #at = 0;
  /** True if the server has replied at this address, so it is the right one. */
  #isProven = false;

  /** @param addresses  at least one, in the order in which they are tried */
  constructor(addresses: readonly HostAddress[], port: number) {
    this.#addresses = addresses;
    this.port = port;
  }

  get address(): HostAddress {
    return this.#addresses[this.#at]!;
  }

  /** How many other addresses can be tried if this one refuses. */
  get alternatives(): number {
    return this.#isProven ? 0 : this.#addresses.length - 1;
  }

  /** Records that a reply arrived. */
  prove(): void {
    this.#isProven = true;
  }

  /** Records that nothing listens at `refused`. @returns true if another address should be tried now */
  moveOn(refused: HostAddress): boolean {
    if (refused !== this.address) return true;
    if (this.alternatives === 0) return false;
    this.#at = (this.#at + 1) % this.#addresses.length;
    return true;
  }

  toString(): string {
    return formatHostPort(this.address.address, this.port);
  }
}
