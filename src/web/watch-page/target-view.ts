// SPDX-License-Identifier: MIT
// One target: how it does now, its echogram over any stretch of time, what happened, and how it is probed.

import { element, section, table } from '../../browser/dom.ts';
import { EVENT_MEANING, type WatchEvent } from '../../watch/watch-event.ts';
import type { ApiHistory, ApiStatus, ApiTargetDetails } from '../watch-api.ts';
import { ask, AskError, searchOf } from './ask.ts';
import { knownSinceMs, Live } from './live.ts';
import { pictureOf, type Picture } from './picture.ts';
import { StretchBar } from './stretch-bar.ts';
import { StretchPlots } from './stretch-plots.ts';
import {
  around,
  queryOf,
  stretchOf,
  upToNow,
  usualStretch,
  type Stretch,
  type StretchName,
} from './stretch.ts';
import { countsTable, settingsOf } from './target-facts.ts';
import { summaryOf, titleOf } from './target-summary.ts';
import { momentOf, zoneName } from './times.ts';
import type { View } from './view.ts';

/** Not more than is drawn. */
const MOST_COLUMNS = 512;

const MOST_EVENTS = 200;

/** A stretch up to now is asked for again when a column has passed. */
const SHORTEST_WAIT_MS = 10_000;

const FAILED_WAIT_MS = 5000;

const NO_PICTURE: Picture = { widthMs: 1, columns: [], rttRows: [] };

export class TargetView implements View {
  readonly node: HTMLElement;
  readonly #key: string;
  readonly #live: Live;
  readonly #summary = element('section', { id: 'summary', 'aria-label': 'Right now' });
  readonly #bar: StretchBar;
  readonly #plots: StretchPlots;
  readonly #problem = element('p', { class: 'notice', role: 'status', hidden: true });
  readonly #events = element('div');
  readonly #facts = element('div', { class: 'columns' });
  #details: ApiTargetDetails | undefined;
  #isWatched = true;
  #stretch: Stretch | undefined;
  #picture = NO_PICTURE;
  #happened: readonly WatchEvent[] = [];
  #asking = new AbortController();
  #timer: number | undefined;

  constructor() {
    this.#key = new URLSearchParams(location.search).get('key') ?? '';
    this.#live = new Live(this.#key, () => {
      this.#hear();
    });
    const onShow = (fromMs: number, toMs: number): void => {
      this.#go(around((fromMs + toMs) / 2, toMs - fromMs, this.#stretch?.atMs));
    };
    this.#bar = new StretchBar({
      onName: (name) => {
        this.#go(upToNow(name, this.#live.nowMs));
      },
      onShow,
    });
    this.#plots = new StretchPlots({
      onShow,
      onZoomOut: () => {
        this.#zoomOut();
      },
      onReset: () => {
        this.#go(upToNow(this.#usual, this.#nowMs));
      },
    });
    this.node = element(
      'div',
      { class: 'view' },
      this.#summary,
      section('echogram', 'Echogram', this.#bar.node, this.#problem, this.#plots.node),
      section('events', 'What happened', this.#events),
      this.#facts,
    );
    this.#tellSummary();
    void this.#askDetails();
  }

  relocate(): boolean {
    if ((new URLSearchParams(location.search).get('key') ?? '') !== this.#key) return false;
    this.#locate();
    return true;
  }

  redraw(): void {
    this.#plots.redraw();
  }

  close(): void {
    this.#live.close();
    this.#plots.close();
    this.#asking.abort();
    clearTimeout(this.#timer);
  }

  async #askDetails(): Promise<void> {
    try {
      this.#details = await ask<ApiTargetDetails>('target', { key: this.#key });
      this.#isWatched = true;
    } catch (error) {
      if (error instanceof AskError && error.status === 404) this.#isWatched = false;
    }
    this.#tellSummary();
    this.#tellFacts();
    this.#begin();
  }

  /** As soon as it is known when now is by the watch's clock, at which a stretch may end. */
  #begin(): void {
    const isKnown = this.#live.isKnown || this.#details !== undefined;
    if (this.#stretch === undefined && isKnown) this.#locate();
  }

  get #nowMs(): number {
    return this.#live.isKnown ? this.#live.nowMs : this.#details!.nowMs;
  }

  get #usual(): StretchName {
    const watch = this.#live.watch ?? this.#details!.watch;
    return usualStretch(knownSinceMs(watch), this.#nowMs);
  }

  #locate(): void {
    const query = new URLSearchParams(location.search);
    this.#show(stretchOf(query, this.#nowMs, this.#usual));
  }

  /** Shows another stretch, which Back leaves again. */
  #go(stretch: Stretch): void {
    const depth = depthOf(history.state) + 1;
    history.pushState({ depth }, '', searchOf({ key: this.#key, ...queryOf(stretch) }));
    this.#show(stretch);
  }

  /** To what was shown before, or twice as much. */
  #zoomOut(): void {
    if (depthOf(history.state) > 0) {
      history.back();
      return;
    }
    const { fromMs, toMs, atMs } = this.#stretch!;
    this.#go(around((fromMs + toMs) / 2, 2 * (toMs - fromMs), atMs));
  }

  #show(stretch: Stretch): void {
    this.#stretch = stretch;
    this.#bar.update(stretch, this.#picture.widthMs);
    this.#tellPlots();
    void this.#ask(stretch);
  }

  async #ask(stretch: Stretch): Promise<void> {
    this.#asking.abort();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    clearTimeout(this.#timer);
    const { fromMs: from, toMs: to, name } = stretch;
    const key = this.#key;
    const whole = { key, from: Math.floor(from), to: Math.ceil(to) };
    let waitMs = FAILED_WAIT_MS;
    try {
      const [past, happened] = await Promise.all([
        ask<ApiHistory>('history', { ...whole, columns: MOST_COLUMNS }, signal),
        ask<readonly WatchEvent[]>('events', { ...whole, most: MOST_EVENTS }, signal),
      ]);
      this.#picture = pictureOf(past);
      this.#happened = happened;
      this.#problem.hidden = true;
      waitMs = Math.max(SHORTEST_WAIT_MS, past.widthMs);
    } catch (error) {
      if (signal.aborted) return;
      this.#problem.hidden = false;
      this.#problem.textContent = `The past can't be read: ${(error as Error).message}. What is drawn may be old.`;
    }
    this.#bar.update(stretch, this.#picture.widthMs);
    this.#tellPlots();
    this.#tellEvents();
    if (stretch.atMs !== undefined) this.#plots.moveToMoment(stretch.atMs);
    if (name === undefined && this.#problem.hidden) return;
    this.#timer = window.setTimeout(() => {
      void this.#askDetails();
      this.#show(name === undefined ? stretch : upToNow(name, this.#live.nowMs, stretch.atMs));
    }, waitMs);
  }

  #hear(): void {
    if (this.#live.isKnown && !this.#live.isSilent)
      this.#isWatched = this.#live.statuses.has(this.#key);
    this.#tellSummary();
    this.#begin();
  }

  get #status(): ApiStatus | undefined {
    return (
      this.#live.statuses.get(this.#key) ?? (this.#isWatched ? this.#details?.status : undefined)
    );
  }

  #tellSummary(): void {
    const status = this.#status;
    const name = status?.target.name ?? this.#details?.status.target.name ?? this.#key;
    const { tone, children } = summaryOf(name, status, this.#live, this.#isWatched);
    document.title = `${titleOf(name, status, this.#live)} – echogram watch`;
    this.#summary.className = `summary ${tone}`;
    this.#summary.replaceChildren(...children);
  }

  #tellPlots(): void {
    const timeoutMs = this.#details?.status.target.probe.timeoutMs;
    const [picture, events] = [this.#picture, this.#happened];
    this.#plots.update({ stretch: this.#stretch!, picture, events, timeoutMs });
  }

  #tellEvents(): void {
    const rows = [...this.#happened]
      .sort((a, b) => b.atMs - a.atMs)
      .map(({ atMs, kind, detail }) => [momentOf(atMs), EVENT_MEANING[kind], detail]);
    const none = element('p', { class: 'note' }, 'Nothing beside probes in this stretch.');
    const zone = element('p', { class: 'note' }, `Times are in ${zoneName()}.`);
    this.#events.replaceChildren(
      ...(rows.length === 0 ? [none] : [table('What happened', ['When', 'What', 'Detail'], rows)]),
      zone,
    );
  }

  #tellFacts(): void {
    if (this.#details === undefined) return;
    this.#facts.replaceChildren(
      element('div', {}, section('settings', 'How it is probed', settingsOf(this.#details))),
      element(
        'div',
        {},
        section('counts', 'Counted since it was added', countsTable(this.#details)),
      ),
    );
  }
}

function depthOf(state: unknown): number {
  const depth = (state as { depth?: unknown } | null)?.depth;
  return typeof depth === 'number' ? depth : 0;
}
