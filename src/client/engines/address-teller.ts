// SPDX-License-Identifier: MIT
// Reports to a session when probes leave from another address of this host, and keeps these changes for the result.

import type { AddressChange } from '../../socket/address-change.ts';
import type { ProbeChannel } from '../../socket/probe-channel.ts';
import type { Session } from '../session/session.ts';

/** Maximum changes to keep. A host may lose its address every second, for days; the records report each change. */
const MOST_CHANGES = 64;

export class AddressTeller {
  readonly #channel: ProbeChannel;
  readonly #session: Session;
  readonly #changes: AddressChange[] = [];

  constructor(channel: ProbeChannel, session: Session) {
    this.#channel = channel;
    this.#session = session;
  }

  /** The first changes. */
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
