// SPDX-License-Identifier: MIT
// The operator's own labels of targets, which become labels of metrics.

export type Labels = Readonly<Record<string, string>>;

/** Labels that the metrics themselves have, or that Prometheus adds. */
export const RESERVED_LABELS: readonly string[] = [
  ...['target', 'probe', 'flow', 'direction', 'address', 'family', 'protocol'],
  ...['le', 'quantile', 'instance', 'job'],
];

/** Maximum labels: each one is text in every series of a target. */
export const MOST_LABELS = 32;

const LONGEST_VALUE = 1024;

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** What is wrong with a label, and at which end. */
export interface LabelFault {
  /** Follows "must". */
  readonly rule: string;
  readonly isOfName: boolean;
}

/** `undefined` for a label that metrics can have. */
export function labelFault(name: string, value: string): LabelFault | undefined {
  const wrongName = (rule: string): LabelFault => ({ rule, isOfName: true });
  if (!LABEL_NAME.test(name)) {
    return wrongName('be the name of a Prometheus label: letters, digits and _, no digit first');
  }
  if (name.startsWith('__'))
    return wrongName('not begin with __, which Prometheus keeps for itself');
  if (RESERVED_LABELS.includes(name)) {
    return wrongName(`be none of ${RESERVED_LABELS.join(', ')}, which metrics have already`);
  }
  if (value.length <= LONGEST_VALUE) return undefined;
  return { rule: `have at most ${LONGEST_VALUE} characters`, isOfName: false };
}
