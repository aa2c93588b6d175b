// SPDX-License-Identifier: MIT
// Reports to a session when its channel's sockets dropped datagrams.

import { START_NS } from '../../time.ts';
import type { ProbeChannel } from '../../socket/probe-channel.ts';
import type { Session } from '../session/session.ts';

/** How soon drops by the kernel are noticed, if there is time to spare. */
const DROP_LOOK_NS = 100e6;

export class DropTeller {
  readonly #channel: ProbeChannel;
  readonly #session: Session;
  #lookedAtNs = START_NS;

  constructor(channel: ProbeChannel, session: Session) {
    this.#channel = channel;
    this.#session = session;
  }

  /** @returns true if it was time to look */
  look(nowNs: number): boolean {
    if (nowNs - this.#lookedAtNs < DROP_LOOK_NS) return false;
    this.#lookedAtNs = nowNs;
    this.#tell(this.#channel.takeDrops());
    return true;
  }

  lookAtAll(): void {
    this.#tell(this.#channel.takeDrops(true));
  }

  #tell(datagrams: number | null): void {
    // The result says that it is unknown.
    if (datagrams !== null && datagrams > 0)
      this.#session.hostDropped(datagrams, this.#channel.nowNs);
  }
}
