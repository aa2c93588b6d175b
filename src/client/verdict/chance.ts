// SPDX-License-Identifier: MIT
// Decides whether losses are more than chance.

/** A pattern that independent losses produce in fewer than one of a thousand measurements is not chance. */
const CHANCE = 0.001;

/** Losses of some probes. */
export interface Losses {
  readonly missed: number;
  readonly sent: number;
}

/**
 * True if a run of losses is too unlikely at the loss ratio of the other probes. Because few probes say little, one
 * more answered and one more lost probe are counted among them (Laplace's rule of succession).
 *
 * @param others  the probes outside the run
 * @param run     number of consecutive losses
 */
export function isNoChance({ missed, sent }: Losses, run: number): boolean {
  return sent > 0 && ((missed + 1) / (sent + 2)) ** run < CHANCE;
}

/**
 * True if the loss ratios of two groups of probes differ, and no single ratio explains both. This is a likelihood-ratio
 * test; its probability is at most exp(−n · D) for each group (Hoeffding 1963; D is the Kullback–Leibler divergence).
 *
 * @param among  the number of groups from which this one was picked
 */
export function differsFrom(some: Losses, others: Losses, among: number): boolean {
  const share = (some.missed + others.missed) / (some.sent + others.sent);
  const evidence = divergence(some, share) + divergence(others, share);
  return Math.exp(-evidence) * among < CHANCE;
}

/** n · D of the observed loss ratio from the assumed one. */
function divergence({ missed, sent }: Losses, share: number): number {
  return term(missed, sent * share) + term(sent - missed, sent * (1 - share));
}

function term(found: number, expected: number): number {
  return found === 0 ? 0 : found * Math.log(found / expected);
}
