// SPDX-License-Identifier: MIT
// Whether a server can answer. What a stranger can cause by a datagram, such as a reply that finds no
// route, says nothing of that: else anyone could have it restarted.

import type { SendFailure } from '../socket/counters.ts';
import type { RunningEngine } from './engines/engine.ts';

/** What `EchoServer.health` tells. */
export interface ServerHealth {
  readonly isHealthy: boolean;
  /** The state in whole sentences, what is wrong among them. */
  readonly findings: readonly string[];
}

/** Refusals to send that come from this host, whoever is answered: a firewall, a sandbox, no memory. */
const OWN_REFUSALS: readonly SendFailure[] = ['EPERM', 'other'];

const MUTE = 'this host refuses to send the replies';

/** Between two notices, where replies leave now and then. */
const PAUSE_MS = 10_000;

/** Looks at an engine's counters now and then. */
export class HealthWatch {
  readonly #engine: RunningEngine;
  #sentBefore = 0;
  #refusedBefore = 0;
  /** True from a look on that found replies refused by this host and none sent, until one is sent. */
  #isMute = false;
  readonly #notify: (notice: string) => void;
  #nextNoticeMs = 0;

  /** @param notify  told when the host begins to refuse */
  constructor(engine: RunningEngine, notify: (notice: string) => void) {
    this.#engine = engine;
    this.#notify = notify;
  }

  /** Takes note of what happened since the look before; to be called about once a second. */
  look(nowMs = performance.now()): void {
    let sent = 0;
    let refused = 0;
    for (const service of this.#engine.services) {
      const { sentDatagrams, sendFailed } = service.block().read(null);
      sent += sentDatagrams;
      for (const code of OWN_REFUSALS) refused += sendFailed[code];
    }
    if (sent > this.#sentBefore) this.#isMute = false;
    else if (refused > this.#refusedBefore) this.#fallMute(refused - this.#refusedBefore, nowMs);
    this.#sentBefore = sent;
    this.#refusedBefore = refused;
  }

  #fallMute(refused: number, nowMs: number): void {
    const wasMute = this.#isMute;
    this.#isMute = true;
    if (wasMute || nowMs < this.#nextNoticeMs) return;
    this.#nextNoticeMs = nowMs + PAUSE_MS;
    this.#notify(`${MUTE}: ${refused} in the last second, and none left`);
  }

  read(): ServerHealth {
    const { workers, workersAlive, failingSockets } = this.#engine;
    const findings = [`${workersAlive} of ${workers} workers answer`];
    if (failingSockets > 0) findings.push(`sockets that can't receive: ${failingSockets}`);
    if (this.#isMute) findings.push(MUTE);
    return { isHealthy: workersAlive === workers && findings.length === 1, findings };
  }
}
