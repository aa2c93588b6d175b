// SPDX-License-Identifier: MIT
// How the nodes of a mesh reach each other: a row for each node that asks, a column for each that is asked.

import { element, section, table } from '../../browser/dom.ts';
import { formatNs, formatRatio } from '../../quantities.ts';
import type { ApiCell, ApiMatrix } from '../watch-api.ts';
import { ask, searchOf } from './ask.ts';
import { MatrixGrid, type Pair } from './matrix-grid.ts';
import { summaryOf, summaryWithout } from './matrix-summary.ts';
import { headline } from './state.ts';
import { momentOf, zoneName } from './times.ts';
import type { View } from './view.ts';

const REFRESH_MS = 10_000;

/** Nothing new for so long is no news. */
const SILENT_MS = 30_000;

export class Matrix implements View {
  readonly node: HTMLElement;
  readonly #summary = element('section', { id: 'summary', 'aria-label': 'The mesh' });
  readonly #grid = new MatrixGrid((pair) => {
    this.#chosen = pair;
    this.#tellPair();
  });
  readonly #pair = element('div', { class: 'pair', 'aria-live': 'polite' });
  readonly #stop = new AbortController();
  #matrix: ApiMatrix | undefined;
  #heardAt = performance.now();
  #problem = '';
  #chosen: Pair | undefined;
  #timer: number | undefined;

  constructor() {
    this.node = element(
      'div',
      { class: 'view' },
      this.#summary,
      section('matrix', 'From each row to each column', this.#grid.node, this.#pair, legend()),
    );
    this.#tellSummary();
    void this.#ask();
  }

  redraw(): void {
    // Colours are the style sheet's.
  }

  relocate(): boolean {
    void this.#ask();
    return true;
  }

  close(): void {
    this.#stop.abort();
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#timer);
    const at = new URLSearchParams(location.search).get('at');
    try {
      const query = at === null ? {} : { at };
      this.#take(await ask<ApiMatrix>('matrix', query, this.#stop.signal));
      this.#problem = '';
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#problem = (error as Error).message;
    }
    this.#tellSummary();
    // What was does not change.
    if (at !== null && this.#problem === '') return;
    this.#timer = window.setTimeout(() => void this.#ask(), REFRESH_MS);
  }

  #take(matrix: ApiMatrix): void {
    this.#heardAt = performance.now();
    this.#matrix = matrix;
    this.#grid.update(matrix);
    this.#tellPair();
  }

  get #isSilent(): boolean {
    return this.#problem !== '' && performance.now() - this.#heardAt > SILENT_MS;
  }

  #tellSummary(): void {
    const matrix = this.#matrix;
    const { tone, words, notes } =
      matrix === undefined
        ? summaryWithout(this.#problem)
        : summaryOf(matrix, this.#problem, this.#isSilent);
    this.#summary.className = `summary ${tone}`;
    document.title = `${words} – echogram watch`;
    this.#grid.node.classList.toggle('old', this.#isSilent);
    this.#summary.replaceChildren(
      headline(tone, words),
      ...notes.map((note) => element('p', { class: 'sentence' }, note)),
    );
  }

  /** Both directions of the chosen pair. */
  #tellPair(): void {
    if (this.#chosen === undefined) return;
    const [from, to] = this.#chosen;
    const pairs: readonly Pair[] = [
      [from, to],
      [to, from],
    ];
    const rows = pairs.map(([one, other]) => {
      const cell = this.#grid.cellOf(one, other);
      const name = `${one} to ${other}`;
      const key = cell?.key ?? null;
      const head = key === null ? name : element('a', { href: `target${searchOf({ key })}` }, name);
      return [
        head,
        formatRatio(cell?.lossRatio ?? null),
        formatNs(cell?.p50Ns ?? null),
        formatNs(cell?.p99Ns ?? null),
        measuredText(cell),
      ];
    });
    const heads = ['Pair', 'Loss', 'Median', 'p99', 'Measured'];
    this.#pair.replaceChildren(
      element('h3', {}, `${from} and ${to}`),
      table(`${from} and ${to}, both directions`, heads, rows),
    );
  }
}

function measuredText(cell: ApiCell | undefined): string {
  const measuredAtMs = cell?.measuredAtMs ?? null;
  return measuredAtMs === null ? '-' : momentOf(measuredAtMs);
}

function legend(): HTMLElement {
  const item = (kind: string, text: string): HTMLElement =>
    element('li', {}, element('span', { class: `swatch cell ${kind}` }), text);
  return element(
    'ul',
    { class: 'legend' },
    item('slow0', 'p99 below 1 ms'),
    item('slow1', 'below 10 ms'),
    item('slow2', 'below 50 ms'),
    item('slow3', 'below 200 ms'),
    item('slow4', '200 ms and more'),
    item('lossy1', 'losses'),
    item('lossy2', '2 % and more'),
    item('down', '✕ nothing comes back'),
    item('old', '? no news for half a minute'),
    element('li', {}, '· not measured'),
    element(
      'li',
      { class: 'note' },
      `Numbers: p99 in milliseconds, or with % the loss, of the last minute. Arrow keys move, Enter shows both directions. Times are in ${zoneName()}.`,
    ),
  );
}
