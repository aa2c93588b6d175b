// SPDX-License-Identifier: MIT
// The loss of the path, from the smallest datagrams, and how many tries it takes to call a size too large despite it.

import type { Trial } from './trial.ts';

/** The chance that a size that passes is called too large. */
const ERROR_CHANCE = 1e-4;

/** RFC 8899 section 5.1.2. */
const LEAST_TRIES = 3;

const MOST_TRIES = 14;

/** Above that, no number of tries is convincing. */
const MOST_LOSS = 0.5;

/** Controls that a verdict on the loss needs. */
const LEAST_CONTROLS = 20;

/** The shortest search has 13; a path that loses much seldom has as many without a loss. */
const LEAST_WITHOUT_LOSS = 12;

export interface Controls {
  readonly sent: number;
  readonly received: number;
}

export function controlsOf(trials: readonly Trial[]): Controls {
  const settled = trials.filter(
    ({ isControl, outcome }) => isControl && outcome.kind !== 'waiting',
  );
  const received = settled.filter(({ outcome }) => outcome.kind === 'reply').length;
  return { sent: settled.length, received };
}

/** Laplace's rule of succession: without a loss among few, there may still be loss. */
function lossRatio({ sent, received }: Controls): number {
  return (sent - received + 1) / (sent + 2);
}

/** How many times a size must go unanswered to be too large. */
export function triesNeeded(controls: Controls): number {
  const tries = Math.ceil(Math.log(ERROR_CHANCE) / Math.log(lossRatio(controls)));
  return Math.min(MOST_TRIES, Math.max(LEAST_TRIES, tries));
}

export function isTooLossy({ sent, received }: Controls): boolean {
  return sent >= LEAST_CONTROLS && sent - received > sent * MOST_LOSS;
}

/** Whether a single datagram that is missing was hardly lost by chance. */
export function hasNoLoss({ sent, received }: Controls): boolean {
  return sent >= LEAST_WITHOUT_LOSS && received === sent;
}
