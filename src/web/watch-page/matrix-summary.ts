// SPDX-License-Identifier: MIT
// How a mesh does as a whole, in words.

import { countOf, formatCount } from '../../quantities.ts';
import type { Outcome } from '../../report/outcome.ts';
import type { ApiMatrix } from '../watch-api.ts';
import { kindOf } from './matrix-cells.ts';
import { momentOf } from './times.ts';

export interface MatrixSummary {
  readonly tone: Outcome;
  readonly words: string;
  readonly notes: readonly string[];
}

/** @param problem  why there is no answer; '' while it is awaited */
export function summaryWithout(problem: string): MatrixSummary {
  if (problem === '') return { tone: 'unknown', words: 'Asking the watch…', notes: [] };
  return { tone: 'unknown', words: 'The matrix can’t be read', notes: [`${problem}.`] };
}

/**
 * @param problem   why the latest request failed; '' if it did not
 * @param isSilent  whether the matrix is too old to say how the mesh does
 */
export function summaryOf(matrix: ApiMatrix, problem: string, isSilent: boolean): MatrixSummary {
  const { nodes, cells, source, error, atMs } = matrix;
  const notes = [
    `${momentOf(atMs)}. ${source === 'prometheus' ? 'From Prometheus, as all nodes measure.' : 'As this node measures; what others measure, their own pages show.'}`,
    ...(error === null ? [] : [`Prometheus could not be asked: ${error}`]),
    ...(problem === '' ? [] : [`It can't be refreshed: ${problem}.`]),
  ];
  if (isSilent) return { tone: 'unknown', words: 'No news from the watch', notes };
  if (cells.length === 0) {
    return { tone: 'unknown', words: 'No pairs are measured', notes };
  }
  const kinds = cells.map((cell) => kindOf(cell, matrix));
  const count = (kind: string): number => kinds.filter((of) => of.startsWith(kind)).length;
  const all = countOf(cells.length, 'pair');
  const of = (number: number): string => `${formatCount(number)} of ${all}`;
  const [down, lossy, old] = [count('down'), count('lossy'), count('old') + count('none')];
  if (down + lossy > 0 && old > 0) notes.unshift(`Of ${of(old)} there is no news.`);
  if (down > 0 && lossy > 0) notes.unshift(`${of(lossy)} lost probes.`);
  if (down > 0) return { tone: 'down', words: `${of(down)} do not work`, notes };
  if (lossy > 0) return { tone: 'lossy', words: `${of(lossy)} lost probes`, notes };
  if (old > 0) return { tone: 'unknown', words: `Of ${of(old)} there is no news`, notes };
  return { tone: 'good', words: `All ${all} of ${countOf(nodes.length, 'node')} work`, notes };
}
