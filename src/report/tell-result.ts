// SPDX-License-Identifier: MIT
// Public: the verdict and the HTML report of a result, including stored ones.

import { judge } from '../client/verdict/verdict.ts';
import type { SessionResult, Verdict } from '../client/session/session-result.ts';
import { createError } from '../errors.ts';
import type { LoadResult, LoadVerdict } from '../load/load-result.ts';
import { judgeLoad } from '../load/verdict/judge-load.ts';
import { pageHtml } from './page-html.ts';
import { resultProblem } from './result-problem.ts';
import { pageOf } from './stored-result.ts';

/**
 * Judges a result by the rules of this version; `result.verdict` follows the rules of the version that measured.
 *
 * ```ts
 * const { code, sentences } = verdict(JSON.parse(text));
 * ```
 *
 * @throws OptionError if it is not the result of a measurement
 * @see docs/measuring.md, docs/load.md
 */
export function verdict(result: SessionResult): Verdict;
export function verdict(result: LoadResult): LoadVerdict;
export function verdict(result: SessionResult | LoadResult): Verdict | LoadVerdict {
  requireResult(result);
  return result.schema === 'echogram.load/1' ? judgeLoad(result) : judge(result);
}

/**
 * Renders a result as a self-contained HTML report, the same as `--report` writes.
 *
 * ```ts
 * await writeFile('path.html', reportPage(await ping({ host: '192.0.2.7', count: 10 })));
 * ```
 *
 * @throws OptionError if it is not the result of a measurement
 * @see docs/report.md
 */
export function reportPage(result: SessionResult | LoadResult): string {
  requireResult(result);
  return pageHtml(pageOf(result));
}

function requireResult(result: unknown): void {
  const problem = resultProblem(result);
  if (problem === undefined) return;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'result',
    rule: 'the result of a measurement',
    remedy: problem,
  });
}
