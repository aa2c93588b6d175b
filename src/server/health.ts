// SPDX-License-Identifier: MIT
// Whether a server can answer. Failures that a stranger can cause with a datagram, such as a reply without a route, do
// not count: otherwise anyone could get the server restarted.

import type { SendFailure } from '../socket/counters.ts';
import type { RunningEngine } from './engines/engine.ts';

/** The value of `EchoServer.health`. */
export interface ServerHealth {
  readonly isHealthy: boolean;
  /** The state in whole sentences, including what is wrong. */
  readonly findings: readonly string[];
}

/** Refusals to send that are due to this host, whoever the destination is: a firewall, a sandbox, no memory. */
const OWN_REFUSALS: readonly SendFailure[] = ['EPERM', 'other'];

const MUTE = 'this host refuses to send the replies';
const HANGING = 'the loop of a worker has not turned for seconds';

/** Looks until a loop that does not turn counts as hanging: a turn takes milliseconds, but a machine may be busy. */
const PATIENT_LOOKS = 5;

/** The pause between two notices, if replies leave now and then. */
const PAUSE_MS = 10_000;

/** Checks an engine's counters regularly. */
export class HealthWatch {
  readonly #engine: RunningEngine;
  #sentBefore = 0;
  #refusedBefore = 0;
  /** Becomes true when a look finds replies refused by this host and none sent; stays true until one is sent. */
  #isMute = false;
  /** Looks since the workers were asked for a turn; 0 once all have turned. */
  #looksWithoutTurn = 0;
  readonly #notify: (notice: string) => void;
  #nextNoticeMs = 0;

  /** @param notify  called when the host begins to refuse */
  constructor(engine: RunningEngine, notify: (notice: string) => void) {
    this.#engine = engine;
    this.#notify = notify;
  }

  /** Evaluates what happened since the previous look. Call it about once a second. */
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
    this.#lookAtTurns();
  }

  #lookAtTurns(): void {
    this.#looksWithoutTurn++;
    if (this.#looksWithoutTurn > 1) return;
    void this.#engine.turned().then(() => {
      this.#looksWithoutTurn = 0;
    });
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
    const findings = [`workers that answer: ${workersAlive} of ${workers}`];
    if (failingSockets > 0) findings.push(`sockets that can't receive: ${failingSockets}`);
    if (this.#isMute) findings.push(MUTE);
    if (this.#looksWithoutTurn > PATIENT_LOOKS) findings.push(HANGING);
    return { isHealthy: workersAlive === workers && findings.length === 1, findings };
  }
}
