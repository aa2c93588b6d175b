// SPDX-License-Identifier: MIT
// The bar of a page that follows a measurement: how long ago the last reply arrived, and a pause button.

import type { PageData } from '../page-data.ts';
import { countOf, formatNs } from '../../quantities.ts';
import { element } from '../../browser/dom.ts';

/**
 * Without a snapshot for this long, the page is out of date. Snapshots arrive once a second, or as fast as they can.
 */
const STALE_MS = 5000;

const TICK_MS = 500;

export class LiveBar {
  readonly node = element('div', { class: 'livebar', hidden: true });
  readonly #text = element('p');
  readonly #button = element('button', { type: 'button' }, 'Pause');
  readonly #show: (data: PageData) => void;
  #isPaused = false;
  #shown: PageData | undefined;
  #newest: PageData | undefined;
  #heardAtMs = 0;
  #timer: number | undefined;

  /** @param show  called with the data that the page should show */
  constructor(show: (data: PageData) => void) {
    this.#show = show;
    this.node.append(this.#text, this.#button);
    this.#button.addEventListener('click', () => {
      this.#isPaused = !this.#isPaused;
      this.#refresh();
    });
  }

  /** Takes new data: it is shown at once, or when the page is resumed. */
  take(data: PageData): void {
    this.#newest = data;
    this.#heardAtMs = performance.now();
    this.#timer ??= window.setInterval(() => {
      this.#tell();
    }, TICK_MS);
    this.#refresh();
  }

  #refresh(): void {
    if (this.#newest === undefined) return;
    if (!this.#isPaused && this.#shown !== this.#newest) {
      this.#shown = this.#newest;
      this.#show(this.#newest);
    }
    this.#tell();
  }

  #tell(): void {
    this.#button.textContent = this.#isPaused ? 'Resume' : 'Pause';
    const hasEnded = this.#newest!.state === 'complete';
    this.node.hidden = hasEnded && !this.#isPaused;
    if (hasEnded) clearInterval(this.#timer);
    const text = hasEnded
      ? 'Paused. The measurement has ended: resume to see its result.'
      : this.#news();
    if (this.#text.textContent !== text) this.#text.textContent = text;
  }

  #news(): string {
    const silentMs = performance.now() - this.#heardAtMs;
    if (silentMs > STALE_MS) {
      return `No news from the measurement for ${formatNs(Math.round(silentMs / 1000) * 1e9)}: it was stopped, or this page cannot reach it.`;
    }
    return this.#isPaused ? behind(this.#shown, this.#newest!) : sinceReply(this.#newest!);
  }
}

function behind(shown: PageData | undefined, newest: PageData): string {
  const ns = (newest.live?.nowNs ?? 0) - (shown?.live?.nowNs ?? 0);
  const probes = newest.measurement.datagrams.sent - (shown?.measurement.datagrams.sent ?? 0);
  return `Paused, ${formatNs(ns)} and ${countOf(probes, 'probe')} behind. The measurement goes on.`;
}

function sinceReply({ live }: PageData): string {
  const sinceNs = live?.sinceReplyNs ?? null;
  return sinceNs === null ? 'No reply has arrived yet.' : `Last reply ${formatNs(sinceNs)} ago.`;
}
