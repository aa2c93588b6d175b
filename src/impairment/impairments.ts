// SPDX-License-Identifier: MIT
// What a bad network can do to a datagram: the names of the counters and what each means.

import type { IMPAIRMENT_OPTIONS } from '../options/impairment.ts';
import type { OptionValues } from '../options/option.ts';

/** What can be done to a datagram, each with its counter. */
export const IMPAIRMENTS = [
  'lost',
  'blackout',
  'delayed',
  'duplicated',
  'reordered',
  'corrupted',
  'overflowed',
] as const;

export type Impairment = (typeof IMPAIRMENTS)[number];

/** How much longer a reordered datagram is held back: others that arrive within that time overtake it. */
export const REORDER_HOLD_MS = 20;

/** What each impairment does, for people and for the documentation. */
export const IMPAIRMENT_MEANING: Readonly<Record<Impairment, string>> = {
  lost: 'not sent',
  blackout: 'not sent, because it came during a blackout',
  delayed: 'sent later',
  duplicated: 'sent twice',
  reordered: `held back ${REORDER_HOLD_MS} ms more than the others`,
  corrupted: 'sent with one bit flipped',
  overflowed: 'not sent, because too many were held back, or the end came before its time',
};

/** The network to imitate. Ratios are 0 to 1; each datagram's fate is drawn independently. */
export type ImpairmentPlan = OptionValues<typeof IMPAIRMENT_OPTIONS>;

/** Why a datagram does not leave now. */
export const WITHHELD = [
  'lost',
  'delayed',
  'overflowed',
  'blackout',
] as const satisfies readonly Impairment[];

export type Withheld = (typeof WITHHELD)[number];
