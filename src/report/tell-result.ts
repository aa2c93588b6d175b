// SPDX-License-Identifier: MIT
// Public: what the result of a measurement means, and its page, whenever and wherever it was measured.

import { judge } from '../client/verdict/verdict.ts';
import type { SessionResult, Verdict } from '../client/session/session-result.ts';
import { createError } from '../errors.ts';
import { pageData } from './page-data.ts';
import { pageHtml } from './page-html.ts';
import { resultProblem } from './result-problem.ts';

/**
 * What a result means, by the rules of this version; `result.verdict` has it by those of the version that measured.
 *
 * ```ts
 * const { code, sentences } = verdict(JSON.parse(text));
 * ```
 *
 * @throws OptionError where it is not the result of a measurement, as JSON from elsewhere may not be
 * @see docs/measuring.md
 */
export function verdict(result: SessionResult): Verdict {
  requireResult(result);
  return judge(result);
}

/**
 * The page of a result as one HTML document, which needs nothing else and asks nobody for anything: what `--report`
 * writes.
 *
 * ```ts
 * await writeFile('path.html', reportPage(await ping({ host: '192.0.2.7', count: 10 })));
 * ```
 *
 * @throws OptionError where it is not the result of a measurement, as JSON from elsewhere may not be
 * @see docs/report.md
 */
export function reportPage(result: SessionResult): string {
  requireResult(result);
  return pageHtml(pageData(result));
}

function requireResult(result: unknown): void {
  const problem = resultProblem(result);
  if (problem === undefined) return;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'result',
    rule: 'what a measurement resolved with',
    remedy: problem,
  });
}
