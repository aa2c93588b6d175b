// SPDX-License-Identifier: MIT
// When a run of losses is more than bad luck.

/** A run is no chance where independent losses would make one as long in fewer than one of a thousand. */
const CHANCE = 0.001;

/**
 * True where so many losses in a row can't be the loss there was otherwise.
 *
 * @param missed  of the probes that are not in the run
 * @param sent    probes that are not in the run
 * @param run     losses one after the other
 */
export function isNoChance(missed: number, sent: number, run: number): boolean {
  return sent > 0 && (missed / sent) ** run < CHANCE;
}
