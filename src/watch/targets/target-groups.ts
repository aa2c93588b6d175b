// SPDX-License-Identifier: MIT
// Targets in Prometheus' format: a list of groups, each with its `targets` and `labels`.
// https://prometheus.io/docs/prometheus/latest/http_sd/#http_sd-format

import {
  HOST_RULE,
  isTargetName,
  NAME_RULE,
  readHostPort,
  type FoundTarget,
} from '../found-target.ts';
import { labelFault, MOST_LABELS, RESERVED_LABELS, type Labels } from '../labels.ts';

/** What all targets of a source have in common. */
export interface GroupDefaults {
  readonly labels: Labels;
  readonly probe: string;
  /** Names of all probes. */
  readonly probes: ReadonlySet<string>;
}

/** Two of the labels that Prometheus drops; they set the labels of the same names in a target's own metrics. */
const NAME_LABEL = '__target__';
const PROBE_LABEL = '__probe__';

/** Why a text is not a list of targets. */
export class ListFault extends Error {}

/**
 * Reads a whole list, or nothing of it. Labels that begin with `__` are dropped, except `__target__`, the name of a
 * target, and `__probe__`, its probe; so are labels that the metrics themselves have, such as `job`.
 *
 * @throws ListFault
 */
export function readGroups(value: unknown, defaults: GroupDefaults): readonly FoundTarget[] {
  if (!Array.isArray(value)) throw new ListFault('it must be a list of {targets, labels}');
  return value.flatMap((group: unknown, index) => readGroup(group, `[${index}]`, defaults));
}

function readGroup(group: unknown, place: string, defaults: GroupDefaults): FoundTarget[] {
  if (!isFields(group)) throw new ListFault(`${place} must be {targets, labels}`);
  const { targets, labels = {} } = group;
  if (!Array.isArray(targets)) throw new ListFault(`${place}.targets must be a list`);
  if (!isFields(labels)) throw new ListFault(`${place}.labels must have names and texts`);
  const common = readLabels(labels, `${place}.labels`, defaults);
  return targets.map((target: unknown, index) =>
    readTarget(target, `${place}.targets[${index}]`, common),
  );
}

type GroupLabels = Pick<FoundTarget, 'labels' | 'probe'> & { readonly name: string | undefined };

function readLabels(
  labels: Readonly<Record<string, unknown>>,
  place: string,
  defaults: GroupDefaults,
): GroupLabels {
  const entries = Object.entries(labels).map(([name, value]): [string, string] => {
    if (typeof value === 'string') return [name, value];
    throw new ListFault(`${place}.${name} must be a text`);
  });
  const { [NAME_LABEL]: name, [PROBE_LABEL]: probe = defaults.probe } = Object.fromEntries(entries);
  if (!defaults.probes.has(probe)) throw new ListFault(`${place}: there is no probe "${probe}"`);
  if (name !== undefined && !isTargetName(name)) {
    throw new ListFault(`${place}.${NAME_LABEL} must ${NAME_RULE}`);
  }
  const kept = entries.filter(
    ([name]) => !name.startsWith('__') && !RESERVED_LABELS.includes(name),
  );
  for (const [name, value] of kept) {
    const fault = labelFault(name, value);
    if (fault !== undefined) throw new ListFault(`${place}.${name} must ${fault.rule}`);
  }
  if (kept.length > MOST_LABELS)
    throw new ListFault(`${place} must have at most ${MOST_LABELS} labels`);
  return { labels: { ...defaults.labels, ...Object.fromEntries(kept) }, probe, name };
}

function readTarget(
  target: unknown,
  place: string,
  { labels, probe, name }: GroupLabels,
): FoundTarget {
  const address = typeof target === 'string' ? readHostPort(target) : undefined;
  if (address === undefined) throw new ListFault(`${place} must ${HOST_RULE}`);
  return { name: name ?? String(target), ...address, labels, probe };
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
