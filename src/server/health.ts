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

/** Looks at an engine's counters now and then. */
export class HealthWatch {
  readonly #engine: RunningEngine;
  #sentBefore = 0;
  #refusedBefore = 0;
  /** True from a look on that found replies refused by this host and none sent, until one is sent. */
  #isMute = false;

  constructor(engine: RunningEngine) {
    this.#engine = engine;
  }

  /** Takes note of what happened since the look before; to be called about once a second. */
  look(): void {
    let sent = 0;
    let refused = 0;
    for (const service of this.#engine.services) {
      const { sentDatagrams, sendFailed } = service.block().read(null);
      sent += sentDatagrams;
      for (const code of OWN_REFUSALS) refused += sendFailed[code];
    }
    if (sent > this.#sentBefore) this.#isMute = false;
    else if (refused > this.#refusedBefore) this.#isMute = true;
    this.#sentBefore = sent;
    this.#refusedBefore = refused;
  }

  read(): ServerHealth {
    const { workers, workersAlive, failingSockets } = this.#engine;
    const findings = [`${workersAlive} of ${workers} workers answer`];
    if (failingSockets > 0) findings.push(`sockets that can't receive: ${failingSockets}`);
    if (this.#isMute) findings.push('this host refuses to send the replies');
    return { isHealthy: workersAlive === workers && findings.length === 1, findings };
  }
}
