// Executes each expression of deploy/prometheus and deploy/grafana in a Prometheus that scrapes real servers and watches.
// Fails if one is refused or finds nothing. See dashboards-scene.js for what it needs.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { PROMETHEUS_URL, startScene } from './dashboards-scene.js';

const DEADLINE_MS = 60_000;

/** What finds nothing here, and why. */
const MAY_BE_EMPTY = [
  [/alertstate="firing"/, 'alerts fire after minutes'],
  [/clock_synchronized/, 'a sandbox may forbid to ask'],
];

/** What the scene must raise; it does not last long enough to let it fire. */
const RAISED = [
  ...['EchogramServerCannotSend', 'EchogramTargetDown', 'EchogramTargetLoss'],
  ...['EchogramTargetICMPErrors', 'EchogramTargetUnresolved', 'EchogramWatchNotificationsFail'],
];

/** What a busy machine may raise, or one without a time service. */
const MAY_BE_RAISED = [
  ...['EchogramServerClockUnsynchronized', 'EchogramWatchClockUnsynchronized'],
  ...[
    'EchogramWatchLate',
    'EchogramTargetSlow',
    'EchogramServerStalls',
    'EchogramWatchDropsReplies',
  ],
  ...[
    'EchogramServerReceiveBufferFull',
    'EchogramScrapesMissing',
    'EchogramDown',
    'EchogramTargetFlaps',
  ],
];

const SELECTED = /\b(?:(?:[a-z]+:)?echogram_[a-z_]+(?::[a-z0-9_]+)?|up)(?:\{[^}]*\})?/g;

const folder = mkdtempSync(join(tmpdir(), 'echogram-dashboards-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
await startScene(folder);

const questions = [...ofRules(), ...ofDashboards()];
const problems = await problemsLeft();
process.stdout.write(`${questions.length} expressions, ${problems.length} problems\n`);
for (const problem of problems) process.stdout.write(`${problem}\n`);
process.exit(problems.length === 0 ? 0 : 1);

/** Asks until each has an answer: counters need time to grow, and a rate two scrapes. */
async function problemsLeft() {
  const deadline = Date.now() + DEADLINE_MS;
  let waiting = questions;
  for (;;) {
    const answers = await Promise.all(waiting.map(problemOf));
    waiting = waiting.filter((_, at) => answers[at] !== undefined);
    const found = [...answers.filter((answer) => answer !== undefined), ...(await alertProblems())];
    if (found.length === 0 || Date.now() > deadline) return found;
    await delay(1000);
  }
}

/** An alert is to find nothing on a good day: so each of its parts must be there. */
function ofRules() {
  const rules = 'deploy/prometheus/rules';
  return readdirSync(rules).flatMap((file) =>
    parse(readFileSync(join(rules, file), 'utf8')).groups.flatMap((group) =>
      group.rules.flatMap(({ alert, record, expr }) => {
        const whole = { where: `${file} ${alert ?? record}`, path: 'query', query: expr };
        if (alert === undefined) return [whole];
        const parts = expr.match(SELECTED).map((query) => ({ ...whole, query }));
        return [{ ...whole, isAlert: true }, ...parts];
      }),
    ),
  );
}

function ofDashboards() {
  const dashboards = 'deploy/grafana/dashboards';
  return readdirSync(dashboards).flatMap((file) => {
    const { panels, templating, annotations } = JSON.parse(
      readFileSync(join(dashboards, file), 'utf8'),
    );
    const ofPanels = panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({
        where: `${file} ${title}`,
        path: 'query',
        query: replaced(expr),
      })),
    );
    const ofVariables = templating.list.flatMap(({ name, query }) => {
      const [, selector, label] = /^label_values\((.*), (\w+)\)$/.exec(query) ?? [];
      const where = `${file} $${name}`;
      return selector === undefined
        ? []
        : [{ where, path: `label/${label}/values`, query: replaced(selector) }];
    });
    const ofAnnotations = annotations.list.map(({ name, expr }) => ({
      where: `${file} ${name}`,
      path: 'query',
      query: replaced(expr),
    }));
    return [...ofPanels, ...ofVariables, ...ofAnnotations];
  });
}

/** As Grafana does with a choice of all, at a scrape interval of one second. */
function replaced(expr) {
  return expr.replaceAll('$__rate_interval', '15s').replace(/\$\w+/g, '.*');
}

async function problemOf({ where, path, query, isAlert = false }) {
  const parameters = new URLSearchParams({ [path === 'query' ? 'query' : 'match[]']: query });
  const { status, error, data } = await ask(`${path}?${parameters}`);
  if (status !== 'success') return `${where}: ${error}: ${query}`;
  const found = data.result ?? data;
  if (isAlert || MAY_BE_EMPTY.some(([pattern]) => pattern.test(query))) return undefined;
  return found.length > 0 ? undefined : `${where}: finds nothing: ${query}`;
}

async function alertProblems() {
  const { data } = await ask('alerts');
  const raised = new Set((data?.alerts ?? []).map(({ labels }) => labels.alertname));
  const missing = RAISED.filter((name) => !raised.has(name));
  const known = new Set([...RAISED, ...MAY_BE_RAISED]);
  const others = [...raised].filter((name) => !known.has(name));
  return [
    ...missing.map((name) => `${name} is not raised`),
    ...others.map((name) => `${name} is raised without a reason`),
  ];
}

/** Also while it starts. */
async function ask(path) {
  try {
    return await (await fetch(`${PROMETHEUS_URL}/api/v1/${path}`)).json();
  } catch (error) {
    return { status: 'failed', error: String(error.cause ?? error) };
  }
}
