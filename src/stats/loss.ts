// SPDX-License-Identifier: MIT
// Loss with a stated waiting time (RFC 7680 §2.6, §2.8; RFC 2680 before it): a probe without a reply
// within the time waited for is lost to its user, also if the reply comes later. One call for each
// final outcome, so that what was never sent, or is still waited for, has no part in it.
// Nothing sent: the ratio is null, not 0.

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

  /** Those answered after the time waited for. */
  get late(): number {
    return this.#late;
  }

  /** Those never answered, so far as known now. */
  get lost(): number {
    return this.#sent - this.#received - this.#late;
  }

  /** Probes without a reply in time, late ones among them, over those sent; `null` if none was. */
  get ratio(): number | null {
    return lossRatio(this.#sent - this.#received, this.#sent);
  }

  /** @param rttNs  `undefined` for a probe without a reply in time */
  push(rttNs: number | undefined): void {
    this.#sent++;
    if (rttNs !== undefined) this.#received++;
  }

  /** A probe that was pushed as without a reply got one after all. Once for each such probe. */
  countLateReply(): void {
    this.#late++;
  }
}

/** @param missed  probes without a reply in time, late ones among them */
export function lossRatio(missed: number, sent: number): number | null {
  return sent === 0 ? null : missed / sent;
}
