// SPDX-License-Identifier: MIT
// A list of equally high rows of which only those near the window exist, so that a thousand cost as much as twenty.

import { element } from '../../browser/dom.ts';

/** Rows beyond the window, so that a small movement or a press of Tab finds them there. */
const BEYOND = 6;

export interface Row<Item> {
  readonly node: HTMLElement;
  update(item: Item): void;
}

export interface RowListOptions<Item, Made extends Row<Item>> {
  readonly keyOf: (item: Item) => string;
  readonly make: (item: Item) => Made;
  /** Called with the keys of the rows that exist, when others do. */
  readonly onView: (keys: readonly string[]) => void;
}

export class RowList<Item, Made extends Row<Item>> {
  readonly node = element('div', { class: 'rows', role: 'rowgroup' });
  readonly #options: RowListOptions<Item, Made>;
  readonly #rows = new Map<string, Made>();
  readonly #stop = new AbortController();
  #items: readonly Item[] = [];
  #isPrinting = false;

  constructor(options: RowListOptions<Item, Made>) {
    this.#options = options;
    const { signal } = this.#stop;
    const place = (): void => {
      this.place();
    };
    window.addEventListener('scroll', place, { passive: true, signal });
    window.addEventListener('resize', place, { signal });
    for (const [event, isPrinting] of [
      ['beforeprint', true],
      ['afterprint', false],
    ] as const) {
      window.addEventListener(
        event,
        () => {
          this.#isPrinting = isPrinting;
          this.place();
        },
        { signal },
      );
    }
  }

  close(): void {
    this.#stop.abort();
  }

  /** The rows that exist. */
  get rows(): ReadonlyMap<string, Made> {
    return this.#rows;
  }

  update(items: readonly Item[]): void {
    this.#items = items;
    this.place();
  }

  /** Makes the rows near the window, and removes the others. */
  place(): void {
    const heightPx = this.#rowHeight();
    this.node.style.height = `${this.#items.length * heightPx}px`;
    const [first, last] = this.#inView(heightPx);
    const shown = this.#items.slice(first, last);
    const keys = shown.map(this.#options.keyOf);
    this.#removeBut(new Set(keys));
    for (const [at, item] of shown.entries()) this.#show(item, keys[at]!, first + at, heightPx);
    this.#putInOrder(keys);
    this.#options.onView(keys);
  }

  /** As the style sheet says, which knows how wide the window is. */
  #rowHeight(): number {
    return parseFloat(getComputedStyle(this.node).getPropertyValue('--row-height')) || 72;
  }

  #inView(heightPx: number): readonly [number, number] {
    if (this.#isPrinting) return [0, this.#items.length];
    const top = -this.node.getBoundingClientRect().top;
    const first = Math.floor(top / heightPx) - BEYOND;
    const last = Math.ceil((top + window.innerHeight) / heightPx) + BEYOND;
    return [Math.max(0, first), Math.max(0, last)];
  }

  #removeBut(keys: ReadonlySet<string>): void {
    for (const [key, row] of this.#rows) {
      if (keys.has(key)) continue;
      row.node.remove();
      this.#rows.delete(key);
    }
  }

  #show(item: Item, key: string, index: number, heightPx: number): void {
    let row = this.#rows.get(key);
    if (row === undefined) this.#rows.set(key, (row = this.#options.make(item)));
    row.node.style.top = `${index * heightPx}px`;
    // The heads are the first row.
    row.node.setAttribute('aria-rowindex', String(index + 2));
    row.update(item);
  }

  /** In the order of what is seen, for whoever goes through them by Tab; what has the focus keeps it. */
  #putInOrder(keys: readonly string[]): void {
    const focused = document.activeElement;
    for (const [at, key] of keys.entries()) {
      const { node } = this.#rows.get(key)!;
      if (this.node.children[at] !== node)
        this.node.insertBefore(node, this.node.children[at] ?? null);
    }
    if (
      focused instanceof HTMLElement &&
      focused !== document.activeElement &&
      this.node.contains(focused)
    )
      focused.focus({ preventScroll: true });
  }
}
