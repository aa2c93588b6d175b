// SPDX-License-Identifier: MIT
// What a file holds of a measurement, as a page and as text.

import type { SessionResult } from '../client/session/session-result.ts';
import type { LoadResult } from '../load/load-result.ts';
import { loadPageData, type LoadPageData } from './load-page-data.ts';
import { loadSummary } from './load-text.ts';
import { pageData, type PageData } from './page-data.ts';
import { pingSummary } from './ping-text.ts';

/** A result, or the page of a recording that ends before its result. */
export type Stored = SessionResult | LoadResult | PageData;

export function pageOf(stored: Stored): PageData | LoadPageData {
  switch (stored.schema) {
    case 'echogram.session/1':
      return pageData(stored);
    case 'echogram.load/1':
      return loadPageData(stored);
    case 'echogram.page/1':
      return stored;
  }
}

/**
 * The summary as the command printed it.
 *
 * @returns `undefined` for a recording without its result
 */
export function textOf(stored: Stored, columns?: number): readonly string[] | undefined {
  switch (stored.schema) {
    case 'echogram.session/1':
      return pingSummary(stored, columns);
    case 'echogram.load/1':
      return loadSummary(stored, columns);
    case 'echogram.page/1':
      return undefined;
  }
}
