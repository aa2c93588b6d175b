// SPDX-License-Identifier: MIT
// What a target's state looks like: colour, sign and words, which say "old" of what is old, and which is worse.

import { element } from '../../browser/dom.ts';
import { OUTCOME, SIGN, type Outcome } from '../../report/outcome.ts';
import { rankOf, STATE_LABEL, type BoardCode } from '../../watch/board/states.ts';
import type { TargetStateCode } from '../../watch/watch-view.ts';
import type { ApiStatus } from '../watch-api.ts';
import { ageText, sinceText } from './times.ts';
import type { Live } from './live.ts';

/** Worst first. */
export const TONES = ['down', 'lossy', 'unknown', 'good'] as const satisfies readonly Outcome[];

/** In a count, after a number: `3 down`. */
export const TONE_WORDS: Readonly<Record<Outcome, string>> = {
  down: 'down',
  lossy: 'with losses',
  unknown: 'not known',
  good: 'working',
};

export interface Shown {
  readonly tone: Outcome;
  /** In a word or two. */
  readonly label: string;
  /** In a sentence. */
  readonly words: string;
  /** For how long; of what is old, since when. */
  readonly since: string;
  readonly isStale: boolean;
  /** 0 is the worst. */
  readonly rank: number;
}

/** How a target is shown. What is old is not known, whatever it was. */
export function shownOf({ state: { code, words, sinceMs } }: ApiStatus, live: Live): Shown {
  const { nowMs } = live;
  const isStale = live.isSilent || code === 'STALE';
  const fromMs = live.isSilent ? live.heardMs : sinceMs;
  const since = isStale ? `since ${sinceText(fromMs, nowMs)}` : `for ${ageText(nowMs - fromMs)}`;
  if (live.isSilent)
    return { tone: 'unknown', label: 'no news', words: NO_NEWS, since, isStale, rank: STALE_RANK };
  const tone = toneOf(code);
  const rank = code in STATE_LABEL ? rankOf(code as BoardCode) : 0;
  return { tone, label: STATE_LABEL[code as BoardCode], words, since, isStale, rank };
}

const NO_NEWS = 'No news from the watch: what is shown is old.';

const STALE_RANK = rankOf('STALE');

function toneOf(code: TargetStateCode): Outcome {
  switch (code) {
    case 'UNRESOLVED':
      return 'down';
    case 'STARTING':
    case 'UNKNOWN_HERE':
    case 'STALE':
      return 'unknown';
    default:
      return OUTCOME[code];
  }
}

/** The sign of a tone. Words beside it say the same. */
export function sign(tone: Outcome): HTMLElement {
  return element('span', { class: `sign ${tone}`, 'aria-hidden': 'true' }, SIGN[tone]);
}

/** A page's first heading: the sign of a tone and words. */
export function headline(tone: Outcome, words: string): HTMLElement {
  return element('h1', {}, sign(tone), element('span', {}, words));
}
