// SPDX-License-Identifier: MIT
// Loss with a stated waiting time (RFC 7680 §2.6, §2.8; RFC 2680 before it): a probe without a reply within the waiting
// time is lost to its user, even if the reply comes later. Call it once per final outcome, so that probes that were
// never sent, or are still waiting, do not count. If nothing was sent, the ratio is null, not 0.

/** Counts outcomes; `sent` = `received` + `lost` + `late` at any time. Exact to 2^53. */
export class Loss {
  #sent = 0;
  #received = 0;
  #late = 0;

  /** Probes whose outcome is final. */
  get sent(): number {
    return this.#sent;
  }

  /** Those answered in time. */
  get received(): number {
    return this.#received;
  }

  /** Those answered after the waiting time. */
  get late(): number {
    return this.#late;
  }

  /** Those not answered so far. */
  get lost(): number {
    return this.#sent - this.#received - this.#late;
  }

  /** Probes without a reply in time, including late ones, divided by those sent; `null` if none was sent. */
  get ratio(): number | null {
    return lossRatio(this.#sent - this.#received, this.#sent);
  }

  /** @param rttNs  `undefined` for a probe without a reply in time */
  push(rttNs: number | undefined): void {
    this.#sent++;
    if (rttNs !== undefined) this.#received++;
  }

  /** A probe that was pushed as unanswered got a reply after all. Call it once per such probe. */
  countLateReply(): void {
    this.#late++;
  }
}

/** @param missed  probes without a reply in time, including late ones */
export function lossRatio(missed: number, sent: number): number | null {
  return sent === 0 ? null : missed / sent;
}
