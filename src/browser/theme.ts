// SPDX-License-Identifier: MIT
// Light or dark, as the system says until the reader chooses; on paper always light. Canvases take
// their colours from the style sheet's variables.

import { element } from './dom.ts';

type Theme = 'light' | 'dark';

const PREFERS_DARK = '(prefers-color-scheme: dark)';

/** The style sheet's rule of the dark colours. To which media it applies is what the reader chose, or the system. */
const DARK_COLOURS = darkColours();

/** What it applies to once the reader has chosen. */
const CHOSEN_MEDIA: Readonly<Record<Theme, string>> = { dark: 'screen', light: 'not all' };

/**
 * Five stops of mako, a map of seaborn's whose lightness rises evenly, so that it reads the same with
 * any colour vision and in grey.
 */
const MAKO = [
  [11, 4, 5],
  [62, 53, 107],
  [53, 123, 162],
  [73, 193, 173],
  [222, 245, 229],
] as const;

/** How much of the map is used, so that few echoes are seen as well: from few to many. */
const RANGE: Readonly<Record<Theme, readonly [few: number, many: number]>> = {
  dark: [0.34, 1],
  light: [0.74, 0.06],
};

export function currentTheme(): Theme {
  return matchMedia(DARK_COLOURS.mediaText).matches ? 'dark' : 'light';
}

/** The value of a variable of the style sheet. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** 64 colours of brightness, from few to many. */
export function brightnessRamp(): readonly string[] {
  const [few, many] = RANGE[currentTheme()];
  return Array.from({ length: 64 }, (_, step) => makoAt(few + ((many - few) * step) / 63));
}

function makoAt(share: number): string {
  const place = share * (MAKO.length - 1);
  const index = Math.min(MAKO.length - 2, Math.floor(place));
  const part = place - index;
  const channels = MAKO[index]!.map((low, channel) =>
    Math.round(low + (MAKO[index + 1]![channel]! - low) * part),
  );
  return `rgb(${channels.join(',')})`;
}

/** @param onChange  called after each change of colours */
export function themeButton(onChange: () => void): HTMLElement {
  const button = element('button', { type: 'button', class: 'theme' });
  const label = (): void => {
    button.textContent = currentTheme() === 'dark' ? 'Light theme' : 'Dark theme';
  };
  const changed = (): void => {
    label();
    onChange();
  };
  button.addEventListener('click', () => {
    DARK_COLOURS.mediaText = CHOSEN_MEDIA[currentTheme() === 'dark' ? 'light' : 'dark'];
    changed();
  });
  for (const query of [PREFERS_DARK, 'print'])
    matchMedia(query).addEventListener('change', changed);
  label();
  return button;
}

function darkColours(): MediaList {
  const rules = [...document.styleSheets].flatMap(({ cssRules }) => [...cssRules]);
  const isDark = (rule: CSSRule): rule is CSSMediaRule =>
    rule instanceof CSSMediaRule && rule.conditionText.includes('prefers-color-scheme');
  return rules.find(isDark)!.media;
}
