// SPDX-License-Identifier: MIT
// Tells a session when probes leave from another address of this host, and keeps what the result shows of that.

import type { AddressChange } from '../../socket/address-change.ts';
import type { ProbeChannel } from '../../socket/probe-channel.ts';
import type { Session } from '../session/session.ts';

/** A host may lose its address each second, for days; the records tell of each time. */
const MOST_CHANGES = 64;

export class AddressTeller {
  readonly #channel: ProbeChannel;
  readonly #session: Session;
  readonly #changes: AddressChange[] = [];

  constructor(channel: ProbeChannel, session: Session) {
    this.#channel = channel;
    this.#session = session;
  }

  /** The first ones. */
  get changes(): readonly AddressChange[] {
    return this.#changes;
  }

  look(): void {
    this.#channel.followAddress(this.#tell);
  }

  readonly #tell = (change: AddressChange): void => {
    this.#session.addressChanged(change);
    if (this.#changes.length < MOST_CHANGES) this.#changes.push(change);
  };
}
