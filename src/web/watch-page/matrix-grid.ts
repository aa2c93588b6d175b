// SPDX-License-Identifier: MIT
// The cells of the matrix as a grid: arrow keys move, a click or Enter chooses a pair.

import { element } from '../../browser/dom.ts';
import type { ApiCell, ApiMatrix } from '../watch-api.ts';
import { cellText, cellWords, kindOf, type CellKind, type Shown } from './matrix-cells.ts';

type MeshNode = ApiMatrix['nodes'][number];

export type Pair = readonly [from: string, to: string];

export class MatrixGrid {
  readonly node = element('div', { class: 'scroll mesh' });
  readonly #onChoice: (pair: Pair) => void;
  #nodes: readonly MeshNode[] = [];
  #cells: ReadonlyMap<string, ApiCell> = new Map();
  #shown: Shown = { atMs: 0, source: 'own row' };
  #chosen: Pair | undefined;

  /** @param onChoice  called when another pair is chosen */
  constructor(onChoice: (pair: Pair) => void) {
    this.#onChoice = onChoice;
    this.node.addEventListener('keydown', (event) => {
      this.#press(event);
    });
    this.node.addEventListener('click', (event) => {
      const button = event.target instanceof Element ? event.target.closest('button') : null;
      if (button !== null) this.#choose(button);
    });
  }

  cellOf(from: string, to: string): ApiCell | undefined {
    return this.#cells.get(pairKey(from, to));
  }

  update({ nodes, cells, atMs, source }: ApiMatrix): void {
    this.#nodes = byZone(nodes);
    this.#cells = new Map(cells.map((cell) => [pairKey(cell.from, cell.to), cell]));
    this.#shown = { atMs, source };
    this.#draw();
  }

  #draw(): void {
    const hadFocus = this.node.contains(document.activeElement);
    const nodes = this.#nodes;
    const [left, top] = [this.node.scrollLeft, this.node.scrollTop];
    this.node.replaceChildren(
      element(
        'table',
        { class: 'matrix', role: 'grid', 'aria-label': 'From each row to each column' },
        element('thead', {}, ...headRows(nodes)),
        element('tbody', {}, ...nodes.map((from, at) => this.#row(from, nodes[at - 1]))),
      ),
    );
    this.node.scrollTo(left, top);
    const chosen = this.#button(this.#chosen) ?? this.node.querySelector('button');
    if (chosen === null) return;
    chosen.tabIndex = 0;
    if (hadFocus) chosen.focus();
  }

  #row(from: MeshNode, above: MeshNode | undefined): HTMLElement {
    const nodes = this.#nodes;
    const shown = this.#shown;
    const cells = nodes.map((to, at) => {
      const starts = at > 0 && nodes[at - 1]!.zone !== to.zone ? ' starts' : '';
      const cell = this.cellOf(from.name, to.name);
      const kind: CellKind = from.name === to.name ? 'own' : kindOf(cell, shown);
      if (kind === 'own') return element('td', { class: `own${starts}` });
      const words = cellWords(from.name, to.name, cell, shown);
      const text = cellText(cell, kind);
      const button = element(
        'button',
        { type: 'button', tabindex: -1, title: words, 'aria-label': `${text}: ${words}` },
        text,
      );
      button.dataset['from'] = from.name;
      button.dataset['to'] = to.name;
      return element('td', { class: `${kind}${starts}` }, button);
    });
    const starts = above !== undefined && above.zone !== from.zone ? 'starts' : '';
    const head = element('th', { scope: 'row', title: zoneText(from) }, from.name);
    return element('tr', { class: starts }, head, ...cells);
  }

  #button(pair: Pair | undefined): HTMLButtonElement | null {
    if (pair === undefined) return null;
    const buttons = [...this.node.querySelectorAll('button')];
    return (
      buttons.find(({ dataset }) => dataset['from'] === pair[0] && dataset['to'] === pair[1]) ??
      null
    );
  }

  /** Arrow keys go from cell to cell; Tab leaves the matrix. */
  #press(event: KeyboardEvent): void {
    const { key, target } = event;
    if (!(target instanceof HTMLButtonElement)) return;
    const step = STEPS[key];
    if (step === undefined) return;
    event.preventDefault();
    const next = this.#neighbour(target, step);
    if (next === undefined) return;
    target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  #neighbour(
    { dataset }: HTMLButtonElement,
    [down, right]: readonly [number, number],
  ): HTMLButtonElement | undefined {
    const names = this.#nodes.map(({ name }) => name);
    let [row, column] = [names.indexOf(dataset['from']!), names.indexOf(dataset['to']!)];
    do {
      row += down;
      column += right;
      // The cell of a node with itself is skipped.
    } while (row === column && names[row] !== undefined);
    return this.#button([names[row] ?? '', names[column] ?? '']) ?? undefined;
  }

  #choose({ dataset }: HTMLButtonElement): void {
    this.#chosen = [dataset['from']!, dataset['to']!];
    for (const button of this.node.querySelectorAll('button')) button.tabIndex = -1;
    this.#button(this.#chosen)!.tabIndex = 0;
    this.#onChoice(this.#chosen);
  }
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Names have no line ends. */
function pairKey(from: string, to: string): string {
  return `${from}\n${to}`;
}

const BY_NAME = new Intl.Collator('en', { numeric: true });

function byZone(nodes: readonly MeshNode[]): readonly MeshNode[] {
  return [...nodes].sort(
    (a, b) => BY_NAME.compare(a.zone ?? '', b.zone ?? '') || BY_NAME.compare(a.name, b.name),
  );
}

function zoneText({ zone }: MeshNode): string {
  return zone === null ? 'no zone' : `zone ${zone}`;
}

/** The zones, where there are any, and the nodes of each. */
function headRows(nodes: readonly MeshNode[]): HTMLElement[] {
  const starts = (at: number): string =>
    at > 0 && nodes[at - 1]!.zone !== nodes[at]!.zone ? 'starts' : '';
  const names = nodes.map(({ name }, at) =>
    element('th', { scope: 'col', class: starts(at) }, element('span', { class: 'upright' }, name)),
  );
  const corner = (): HTMLElement => element('td', { class: 'corner' });
  const row = element('tr', {}, corner(), ...names);
  if (nodes.every(({ zone }) => zone === null)) return [row];
  const zones = nodes.flatMap((node, at) => {
    if (at > 0 && starts(at) === '') return [];
    const span = nodes.filter(({ zone }) => zone === node.zone).length;
    const attributes = { scope: 'colgroup', colspan: span, class: `zone ${starts(at)}` };
    return [element('th', attributes, node.zone ?? 'no zone')];
  });
  return [element('tr', {}, corner(), ...zones), row];
}
