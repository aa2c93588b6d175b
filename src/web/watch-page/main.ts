// SPDX-License-Identifier: MIT
// The pages of a watch in the browser: the path says which is shown, and links between them load nothing.

import { element } from '../../browser/dom.ts';
import { themeButton } from '../../browser/theme.ts';
import { searchOf } from './ask.ts';
import { Matrix } from './matrix.ts';
import { Overview } from './overview.ts';
import { TargetView } from './target-view.ts';
import type { View } from './view.ts';
import '../../browser/base.css';
import './watch.css';
import 'uplot/dist/uPlot.min.css';

const PATHS: Readonly<Record<string, () => View>> = {
  '': () => new Overview(),
  target: () => new TargetView(),
  matrix: () => new Matrix(),
};

class Pages {
  readonly #holder = element('div');
  readonly #links: readonly HTMLAnchorElement[];
  #view: View | undefined;
  #path = '';

  constructor(root: HTMLElement) {
    const redraw = (): void => {
      this.#view?.redraw();
    };
    this.#links = [
      element('a', { href: `./${searchOf({})}` }, 'Targets'),
      element('a', { href: `matrix${searchOf({})}` }, 'Matrix'),
    ];
    const brand = element('p', { class: 'brand' }, element('span', {}, 'echogram watch'));
    const links = element('nav', { 'aria-label': 'Pages' }, ...this.#links);
    root.replaceChildren(element('header', {}, brand, links, themeButton(redraw)), this.#holder);
    new ResizeObserver(redraw).observe(root);
    window.addEventListener('popstate', () => {
      const isSame = lastPart(location.pathname) === this.#path;
      if (!isSame || this.#view?.relocate?.() !== true) this.#show();
    });
    document.addEventListener('click', (event) => {
      this.#follow(event);
    });
    this.#show();
  }

  /** A plain click on a link to another of these pages; any other is the browser's. */
  #follow(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const isPlain =
      event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (link === null || !isPlain || event.defaultPrevented || link.origin !== location.origin)
      return;
    if (PATHS[lastPart(link.pathname)] === undefined) return;
    event.preventDefault();
    history.pushState(null, '', link.href);
    this.#show();
    window.scrollTo(0, 0);
  }

  #show(): void {
    const path = lastPart(location.pathname);
    this.#path = path;
    this.#view?.close();
    this.#view = (PATHS[path] ?? PATHS['']!)();
    this.#holder.replaceChildren(this.#view.node);
    this.#view.redraw();
    for (const link of this.#links) {
      const isHere = lastPart(link.pathname) === path;
      if (isHere) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
  }
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

new Pages(document.querySelector<HTMLElement>('#page')!);
