// SPDX-License-Identifier: MIT
// What the documentation and the exposition say of a metric.

export interface MetricText {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly help: string;
  /** What each label says: in words, or value by value. */
  readonly labels?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}
