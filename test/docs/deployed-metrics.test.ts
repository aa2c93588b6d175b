// Holds what deploy/ asks Prometheus to the metrics that there are, and docs/runbook.md to the alerts.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { MetricText } from '../../src/metrics/metric-text.ts';
import { SERVER_METRICS } from '../../src/metrics/server-metrics.ts';
import { TARGET_LABELS, TARGET_METRICS } from '../../src/metrics/target-metrics.ts';
import { WATCH_METRICS } from '../../src/metrics/watch-metrics.ts';
import { repositoryPath, repositoryText } from '../helpers/repository.ts';

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const METRICS: ReadonlyMap<string, MetricText> = new Map(
  [...SERVER_METRICS, ...TARGET_METRICS, ...WATCH_METRICS].map((metric) => [metric.name, metric]),
);

/** Labels that Prometheus adds, and that of a histogram's buckets. */
const COMMON_LABELS = ['job', 'instance', 'le'];

const LABELS: ReadonlySet<string> = new Set([
  ...[...COMMON_LABELS, ...Object.keys(TARGET_LABELS)],
  ...[...METRICS.values()].flatMap(({ labels = {} }) => Object.keys(labels)),
]);

const RULES_FOLDER = 'deploy/prometheus/rules';

const RULES: readonly Rule[] = readdirSync(repositoryPath(RULES_FOLDER)).flatMap((file) => {
  const { groups } = parse(repositoryText(`${RULES_FOLDER}/${file}`)) as {
    groups: { rules: Rule[] }[];
  };
  return groups.flatMap(({ rules }) => rules);
});

const ALERTS = RULES.filter(({ alert }) => alert !== undefined);

const RECORDED: ReadonlySet<string> = new Set(
  RULES.flatMap(({ record }) => (record === undefined ? [] : [record])),
);

/** A metric or what a rule records, with the selector that may follow it. */
const SELECTED = /\b((?:[a-z]+:)?echogram_[a-z_]+(?::[a-z0-9_]+)?)(?:\{([^}]*)\})?/g;

/** Labels that an expression groups by, that a legend shows, or that the text of an alert does. */
const GROUPED = /\b(?:by|without|on|ignoring|group_left) ?\(([a-z_, ]*)\)/g;
const SHOWN = /\{\{ ?(?:\$labels\.)?([a-z_]+) ?\}\}/g;

const CONDITION = /([a-z_]+)(=~|=)\\?"([^"\\]*)\\?"/g;

function isOfTarget(metric: MetricText | undefined): boolean {
  return TARGET_METRICS.some(({ name }) => name === metric?.name);
}

function deployedFiles(): readonly string[] {
  return readdirSync(repositoryPath('deploy'), { recursive: true })
    .map((file) => join('deploy', String(file)))
    .filter((file) => /\.(?:ya?ml|json)$/.test(file));
}

/** `echogram_x_bucket` is a series of the metric `echogram_x`. */
function metricOf(series: string): MetricText | undefined {
  const ofHistogram = METRICS.get(series.replace(/_(?:bucket|sum|count)$/, ''));
  if (ofHistogram?.type === 'histogram' || ofHistogram?.type === 'summary') return ofHistogram;
  return METRICS.get(series);
}

/** Conditions on a label or value that the metric doesn't have; where its table tells of a label in words, any value will do. */
function impossible(metric: MetricText | undefined, selector: string): readonly string[] {
  const conditions = [...selector.matchAll(CONDITION)];
  const others = [...COMMON_LABELS, ...(isOfTarget(metric) ? Object.keys(TARGET_LABELS) : [])];
  return conditions.flatMap(([text, label = '', operator, value = '']) => {
    const values = metric?.labels?.[label];
    if (values === undefined) return others.includes(label) ? [] : [text];
    if (typeof values === 'string' || value.includes('$')) return [];
    const wanted = operator === '=~' ? value.split('|') : [value];
    return wanted.every((one) => one in values) ? [] : [text];
  });
}

test('each metric that deploy/ names is one that a server or a watch has, or that a rule records', () => {
  let found = 0;
  for (const file of deployedFiles()) {
    for (const [, series = '', selector = ''] of repositoryText(file).matchAll(SELECTED)) {
      found++;
      const metric = metricOf(series);
      assert.ok(metric !== undefined || RECORDED.has(series), `${file} names ${series}`);
      assert.deepEqual(impossible(metric, selector), [], `${file} asks for values of ${series}`);
    }
  }
  assert.ok(found > 50, `${found} names`);
});

test('each label by which rules and dashboards group, and that they show, is one of a metric', () => {
  const files = deployedFiles().filter((file) => /prometheus|grafana/.test(file));
  for (const file of files) {
    const text = repositoryText(file);
    const grouped = [...text.matchAll(GROUPED)].flatMap(([, labels = '']) => labels.split(', '));
    const shown = [...text.matchAll(SHOWN)].map(([, label = '']) => label);
    const unknown = [...grouped, ...shown].filter((label) => !LABELS.has(label));
    assert.deepEqual(unknown, [], file);
  }
});

for (const { alert = '', labels = {}, annotations = {} } of ALERTS) {
  test(`${alert} says how urgent it is, what is wrong, and where to read on`, () => {
    assert.match(labels['severity'] ?? '', /^(?:critical|warning|info)$/);
    assert.match(annotations['summary'] ?? '', /^\S.*[^.]$/);
    assert.match(annotations['description'] ?? '', /^\S.*\.$/);
    assert.equal(annotations['runbook_url'], `docs/runbook.md#${alert.toLowerCase()}`);
  });
}

test('docs/runbook.md has a section for each alert, and no other', () => {
  const sections = [...repositoryText('docs/runbook.md').matchAll(/^### (\S+)$/gm)];
  assert.deepEqual(
    sections.map(([, name]) => name).sort(),
    ALERTS.map(({ alert }) => alert).sort(),
  );
});

test('each rule has its numbers in test/prometheus', () => {
  const folder = 'test/prometheus';
  const tests = readdirSync(repositoryPath(folder)).map((file) =>
    repositoryText(join(folder, file)),
  );
  const names = RULES.map(({ alert, record }) => alert ?? record ?? '');
  const untested = names.filter((name) => !tests.some((text) => text.includes(name)));
  assert.deepEqual(untested, []);
});
