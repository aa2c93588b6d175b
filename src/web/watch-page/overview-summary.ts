// SPDX-License-Identifier: MIT
// How all targets do together: one line, a button for each state, and remarks.

import { element, type Child } from '../../browser/dom.ts';
import { countOf, formatCount } from '../../quantities.ts';
import type { Outcome } from '../../report/outcome.ts';
import type { Live } from './live.ts';
import { noticesOf } from './notices.ts';
import type { Listed } from './order.ts';
import { sign, TONE_WORDS, TONES } from './state.ts';
import { sinceText } from './times.ts';

export class OverviewSummary {
  readonly node = element('section', { id: 'summary', 'aria-label': 'All targets together' });
  readonly #live: Live;
  readonly #headline = element('h1');
  readonly #notices = element('div');
  readonly #tones = element('div', { class: 'tones', role: 'group', 'aria-label': 'States' });
  readonly #buttons: ReadonlyMap<Outcome, HTMLButtonElement>;

  /** @param onTone  called when a state's button is pressed */
  constructor(live: Live, onTone: (tone: Outcome) => void) {
    this.#live = live;
    this.#buttons = new Map(
      TONES.map((tone) => {
        const button = element('button', { type: 'button', class: `tone ${tone}` });
        button.addEventListener('click', () => {
          onTone(tone);
        });
        return [tone, button];
      }),
    );
    this.#tones.append(...this.#buttons.values());
    this.node.append(this.#headline, this.#tones, this.#notices);
  }

  /** @param chosen  the state whose targets alone are listed */
  update(all: readonly Listed[], chosen: Outcome | undefined): void {
    const counts = countTones(all);
    const { tone, words } = headlineOf(this.#live, counts, all.length);
    document.title = `${words} – echogram watch`;
    this.node.className = `summary ${tone}`;
    setChildren(this.#headline, words, () => [sign(tone), element('span', {}, words)]);
    this.#tones.hidden = all.length === 0;
    for (const [of, button] of this.#buttons) {
      const text = `${formatCount(counts[of])} ${TONE_WORDS[of]}`;
      setChildren(button, text, () => [sign(of), text]);
      button.setAttribute('aria-pressed', String(chosen === of));
      button.classList.toggle('zero', counts[of] === 0);
    }
    const notices = noticesOf(this.#live);
    const text = notices.map(({ key }) => key).join('\n');
    setChildren(this.#notices, text, () => notices.map(({ node }) => node));
  }
}

/** Replaces a node's children only if they say something else: nothing flickers, and selected text stays selected. */
function setChildren(node: HTMLElement, says: string, make: () => readonly Child[]): void {
  if (node.dataset['says'] === says) return;
  node.dataset['says'] = says;
  node.replaceChildren(...make());
}

type Counts = Record<Outcome, number>;

function countTones(all: readonly Listed[]): Counts {
  const counts: Counts = { down: 0, lossy: 0, unknown: 0, good: 0 };
  for (const { shown } of all) counts[shown.tone]++;
  return counts;
}

interface Headline {
  readonly tone: Outcome;
  readonly words: string;
}

function headlineOf(live: Live, counts: Counts, all: number): Headline {
  if (live.isSilent) {
    if (!live.isKnown) return { tone: 'unknown', words: 'The watch does not answer' };
    const since = sinceText(live.heardMs, live.nowMs);
    return { tone: 'unknown', words: `No news from the watch since ${since}` };
  }
  if (!live.isKnown) return { tone: 'unknown', words: 'Asking the watch…' };
  if (all === 0) return { tone: 'unknown', words: 'No targets are watched' };
  const { down, lossy, unknown, good } = counts;
  if (good === all)
    return {
      tone: 'good',
      words: all === 1 ? 'The target works' : `All ${formatCount(all)} targets work`,
    };
  if (down > 0)
    return {
      tone: 'down',
      words: `${formatCount(down)} of ${countOf(all, 'target')} ${down === 1 ? 'is' : 'are'} down`,
    };
  if (lossy > 0)
    return {
      tone: 'lossy',
      words: `${formatCount(lossy)} of ${countOf(all, 'target')} ${lossy === 1 ? 'loses' : 'lose'} probes`,
    };
  return {
    tone: 'unknown',
    words: `Of ${formatCount(unknown)} of ${countOf(all, 'target')} nothing is known`,
  };
}
