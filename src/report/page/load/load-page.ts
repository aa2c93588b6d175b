// SPDX-License-Identifier: MIT
// The page of a load: verdict and numbers, response time against load, all trials, and how it was measured.

import { element } from '../../../browser/dom.ts';
import { themeButton } from '../../../browser/theme.ts';
import type { LoadPageData } from '../../load-page-data.ts';
import { CurvePlot } from './curve-plot.ts';
import { loadProvenance } from './load-provenance.ts';
import { loadSummary } from './load-summary.ts';
import { profileTable, trialTable } from './trial-tables.ts';

export function showLoadPage(root: HTMLElement, data: LoadPageData): void {
  const { result } = data;
  document.title = `${result.target.host}: ${result.verdict.sentences[0] ?? ''}`;
  const curve = new CurvePlot(result);
  const redraw = (): void => {
    curve.redraw();
  };
  root.replaceChildren(
    element(
      'header',
      {},
      element('p', { class: 'brand' }, element('span', {}, 'echogram')),
      themeButton(redraw),
    ),
    loadSummary(data),
    curve.node,
    ...profileTable(result),
    ...trialTable(result),
    loadProvenance(data),
  );
  new ResizeObserver(redraw).observe(root);
}
