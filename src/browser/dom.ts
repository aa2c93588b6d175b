// SPDX-License-Identifier: MIT
// Makes elements. Text is only ever text: nothing of the data is read as markup.

type Attributes = Readonly<Record<string, string | number | boolean>>;

export type Child = Node | string;

/** An element with attributes (`true` stands for an empty one, `false` for none) and children. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children);
  return node;
}

/** A part of the page, with its heading. */
export function section(id: string, title: string, ...children: readonly Child[]): HTMLElement {
  const heading = element('h2', { id: `${id}-title` }, title);
  return element('section', { id, 'aria-labelledby': `${id}-title` }, heading, ...children);
}

/** A remark beside figures. */
export function note(text: string): HTMLElement {
  return element('p', { class: 'note' }, text);
}

/** Rendered when it is opened, because it may be long. */
export function folded(title: string, make: () => HTMLElement): HTMLElement {
  const details = element('details', {}, element('summary', {}, title));
  details.addEventListener('toggle', () => {
    if (details.open && details.children.length === 1) details.append(make());
  });
  return details;
}

/** More columns than a phone is wide: there each row is a block of labelled values. */
const WIDE_COLUMNS = 4;

/**
 * A table whose first column is a heading of its row. Where a cell has no value it says so beneath.
 *
 * @param caption  what it shows, for whoever does not see the page around it
 */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly Child[])[],
): HTMLElement {
  const headCells = head.map((text) => element('th', { scope: 'col', role: 'columnheader' }, text));
  const bodyRows = rows.map(([first = '', ...cells]) =>
    element(
      'tr',
      { role: 'row' },
      element('th', { scope: 'row', role: 'rowheader' }, first),
      ...cells.map((cell, at) =>
        element('td', { role: 'cell', 'data-label': head[at + 1] ?? '' }, dashed(cell)),
      ),
    ),
  );
  // Roles by name: as blocks these elements would lose their own.
  const whole = element(
    'table',
    { role: 'table', class: head.length > WIDE_COLUMNS ? 'wide' : '' },
    element('caption', { class: 'unseen' }, caption),
    element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...headCells)),
    element('tbody', { role: 'rowgroup' }, ...bodyRows),
  );
  const scroll = { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': caption };
  const hasDashes = rows.some((cells) => cells.some((cell) => cell === '-'));
  const remarks = hasDashes ? [note(NO_VALUE)] : [];
  return element('div', {}, element('div', scroll, whole), ...remarks);
}

const NO_VALUE = '– no value: nothing to measure it by, or the system does not report it.';

function dashed(cell: Child): Child {
  return cell === '-' ? '–' : cell;
}
