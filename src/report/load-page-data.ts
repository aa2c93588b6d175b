// SPDX-License-Identifier: MIT
// The data that the page of a load shows: one JSON document in the page, `echogram.load-page/1` of docs/report.md.

import type { LoadResult, LoadVerdictCode } from '../load/load-result.ts';
import { splitHeadline } from './headline.ts';
import { loadCommand } from './load-command.ts';
import type { Outcome } from './outcome.ts';

/** Schema of the data; its number increases when a field changes its meaning or is removed. */
export const LOAD_PAGE_SCHEMA = 'echogram.load-page/1';

export interface LoadPageData {
  readonly schema: typeof LOAD_PAGE_SCHEMA;
  readonly outcome: Outcome;
  /** The text in large type, and the text below it. */
  readonly headline: string;
  readonly sentences: readonly string[];
  /** The command that repeats the measurement. */
  readonly command: string;
  readonly result: LoadResult;
}

/** The tone of each verdict: `unknown` if the highest rate was not found. */
const OUTCOME: Readonly<Record<LoadVerdictCode, Outcome>> = {
  ERROR: 'down',
  NO_REPLY: 'down',
  ICMP_ERROR: 'down',
  STOPPED: 'unknown',
  START_FAILS: 'down',
  HOST_LIMITED: 'unknown',
  BUDGET: 'unknown',
  CEILING: 'good',
  POLICER: 'good',
  QUEUE: 'good',
  LIMIT: 'good',
};

export function loadPageData(result: LoadResult): LoadPageData {
  const { verdict, thresholds } = result;
  const [first = '', ...others] = verdict.sentences;
  const [headline, rest] = splitLoadHeadline(first);
  const isMissed = thresholds.some(({ held }) => !held);
  const outcome = OUTCOME[verdict.code];
  return {
    schema: LOAD_PAGE_SCHEMA,
    outcome: isMissed && outcome === 'good' ? 'lossy' : outcome,
    headline,
    sentences: [rest, ...others].filter((sentence) => sentence !== ''),
    command: loadCommand(result),
    result,
  };
}

/** What passed is in large type, and what happens above it below. */
function splitLoadHeadline(sentence: string): readonly [headline: string, rest: string] {
  const [, passed, above] = /^([^;]+ octets [^;]+); (.+)$/s.exec(sentence) ?? [];
  if (passed === undefined || above === undefined) return splitHeadline(sentence);
  return [`${passed}.`, `${above.charAt(0).toUpperCase()}${above.slice(1)}`];
}
