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

/**
 * A table whose first column is a heading of its row.
 *
 * @param caption  what it shows, for whoever does not see the page around it
 */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly Child[])[],
): HTMLElement {
  const headCells = head.map((text) => element('th', { scope: 'col' }, text));
  const bodyRows = rows.map(([first = '', ...cells]) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, first),
      ...cells.map((cell) => element('td', {}, cell)),
    ),
  );
  const whole = element(
    'table',
    {},
    element('caption', { class: 'unseen' }, caption),
    element('thead', {}, element('tr', {}, ...headCells)),
    element('tbody', {}, ...bodyRows),
  );
  return element(
    'div',
    { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': caption },
    whole,
  );
}
