// SPDX-License-Identifier: MIT
// The axes of plots: their style, round-trip times on a logarithmic scale, and time without labels where another plot has them.

import type uPlot from 'uplot';
import { apart, durationLabels, durationSplits } from './scale.ts';
import { colour } from './theme.ts';

/** What an axis of values shows: `duration` is log2 of nanoseconds; else the labels of the values. */
export type ValueAxis = 'duration' | ((values: readonly number[]) => string[]);

/** What all axes have in common. */
export const AXIS_STYLE = {
  font: '12px system-ui, sans-serif',
  stroke: () => colour('muted'),
  grid: { stroke: () => colour('grid'), width: 1 },
} satisfies uPlot.Axis;

/**
 * @param size       room for the labels, in pixels
 * @param hasValues  false while there are no durations, whose axis then has no labels
 */
export function valueAxis(
  axis: ValueAxis,
  size: uPlot.Axis.Size,
  hasValues = (): boolean => true,
): uPlot.Axis {
  const common: uPlot.Axis = { ...AXIS_STYLE, size, gap: 6, ticks: { show: false } };
  if (axis !== 'duration') return { ...common, space: 26, values: (_, splits) => axis(splits) };
  return {
    ...common,
    splits: (_, __, low, high) => (hasValues() ? durationSplits(low, high) : []),
    values: (plot, splits) =>
      apart(
        durationLabels(splits),
        splits.map((split) => plot.valToPos(split, 'y')),
      ),
    filter: (_, splits) => splits,
  };
}

/**
 * @param spacePx  least distance between labels
 * @param labels   of moments in seconds; `undefined` leaves no room for any
 */
export function timeAxis(
  spacePx: number,
  labels: ((splits: readonly number[], stepSeconds: number) => string[]) | undefined,
): uPlot.Axis {
  return {
    ...AXIS_STYLE,
    size: labels === undefined ? 0 : 42,
    gap: 4,
    ticks: { show: labels !== undefined, stroke: () => colour('grid'), size: 5 },
    space: spacePx,
    values: (_, splits, __, ___, stepSeconds) =>
      labels?.(splits, stepSeconds) ?? splits.map(() => ''),
  };
}
