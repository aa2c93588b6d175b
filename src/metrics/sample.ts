// SPDX-License-Identifier: MIT
// Values of metrics, and the metrics that servers and watches share.

import { NODE_VERSION, VERSION } from '../version.ts';
import type { MetricText } from './metric-text.ts';

/** One line of the exposition; `metricName` if it isn't the metric's own. */
export interface Sample {
  readonly metricName?: string;
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
}

/** Connections that a listener closed before their time, by reason. */
export type HttpCut = Readonly<Record<keyof typeof HTTP_CUT_MEANING, number>>;

export const HTTP_CUT_MEANING = {
  too_many: 'replaced by a newer connection: 64 were open from its address, or 256 in all',
  too_slow: 'no complete request within 5 s, or the response not read within 30 s',
};

export function one(value: number): Sample[] {
  return [{ value, labels: {} }];
}

/** A sample for each value that the system reports; `null` has none. */
export function byLabel(label: string, values: Readonly<Record<string, number | null>>): Sample[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === null ? [] : [{ value, labels: { [label]: name } }],
  );
}

export const BUILD_INFO: Omit<MetricText, 'name'> = {
  type: 'gauge',
  help: 'Always 1; its labels describe what is running.',
  labels: { version: "echogram's version", engine: 'linux or portable', node: "Node's version" },
};

export function buildInfo(engine: string): Sample[] {
  return [{ value: 1, labels: { version: VERSION, engine, node: NODE_VERSION } }];
}
