// SPDX-License-Identifier: MIT
// When losses are more than bad luck.

/** What independent losses do in fewer than one of a thousand measurements is no chance. */
const CHANCE = 0.001;

/** Losses of some probes. */
export interface Losses {
  readonly missed: number;
  readonly sent: number;
}

/**
 * True where so many losses in a row can't be the loss there was otherwise. Of few others little is known: that is
 * taken as if one more had been answered, and one more lost (Laplace's rule of succession).
 *
 * @param others  the probes that are not in the run
 * @param run     losses one after the other
 */
export function isNoChance({ missed, sent }: Losses, run: number): boolean {
  return sent > 0 && ((missed + 1) / (sent + 2)) ** run < CHANCE;
}

/**
 * True where some probes lost another share than others, and no one share explains both: by the likelihood ratio, whose
 * chance is at most exp(−n · D) of each (Hoeffding 1963; D is Kullback and Leibler's divergence).
 *
 * @param among  of how many alike these were picked
 */
export function differsFrom(some: Losses, others: Losses, among: number): boolean {
  const share = (some.missed + others.missed) / (some.sent + others.sent);
  const evidence = divergence(some, share) + divergence(others, share);
  return Math.exp(-evidence) * among < CHANCE;
}

/** n · D of the share that was lost, from that which is supposed. */
function divergence({ missed, sent }: Losses, share: number): number {
  return term(missed, sent * share) + term(sent - missed, sent * (1 - share));
}

function term(found: number, expected: number): number {
  return found === 0 ? 0 : found * Math.log(found / expected);
}
