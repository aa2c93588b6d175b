// SPDX-License-Identifier: MIT
// The matrix of a mesh from the Prometheus server that scrapes its watches: a row of each.

import type { NodeIdentity } from '../http/node-identity.ts';
import { familyOf } from '../metrics/target-metrics.ts';
import type { WatchTarget } from '../watch/target.ts';
import type { ApiCell, ApiMatrix } from './watch-api.ts';
import type { Prometheus, PrometheusSample } from './prometheus.ts';

/** A watch and one of its targets, whatever else labels it. */
const PAIR = ['job', 'instance', 'target', 'probe', 'family'] as const;

/** What is asked, for all pairs at once. docs/watch.md has it for readers. */
const QUERIES = {
  nodes:
    'echogram_watch_node_info or on (job, instance) last_over_time(echogram_watch_node_info[5m])',
  // 0 for what a watch told that can't be scraped now: Prometheus forgets its series at once, but they are old, not gone.
  measuredAt:
    'timestamp(echogram_watch_probes_sent_total)' +
    ' or (0 * last_over_time(echogram_watch_probes_sent_total[5m]) unless on (job, instance) echogram_watch_node_info)',
  // Not by `sent`: Prometheus extrapolates each increase by itself, and all lost shall be 1, and none 0.
  loss: `(${bad()}) / (${bad()} + ${latest('probes_received_total')})`,
  p50: quantile(0.5),
  p99: quantile(0.99),
} as const;

type Answers = Readonly<Record<keyof typeof QUERIES, readonly PrometheusSample[]>>;

/** Of the last minute if Prometheus scraped twice in it, else of four: it may scrape once a minute, and miss one. */
function latest(name: string, ...more: readonly string[]): string {
  const of = `echogram_watch_${name}`;
  const increase = `increase(${of}[1m]) or increase(${of}[4m])`;
  return `sum by (${[...PAIR, ...more].join(', ')}) (${increase})`;
}

function bad(): string {
  return `${latest('probes_lost_total')} + ${latest('probes_late_total')}`;
}

function quantile(of: number): string {
  return `histogram_quantile(${of}, ${latest('rtt_seconds_bucket', 'le')})`;
}

/** This watch, which knows its targets and their zones itself. */
interface Own {
  readonly node: NodeIdentity;
  readonly targets: readonly WatchTarget[];
}

/** @throws an error whose message says why there is none */
export async function meshMatrix(
  prometheus: Pick<Prometheus, 'ask'>,
  own: Own,
  atMs: number,
): Promise<ApiMatrix> {
  const names = Object.keys(QUERIES) as (keyof typeof QUERIES)[];
  const answers = await Promise.all(names.map((name) => prometheus.ask(QUERIES[name], atMs)));
  const all = Object.fromEntries(names.map((name, at) => [name, answers[at]!])) as Answers;
  if (all.nodes.length === 0) throw new Error('it has metrics of no watch at this moment');
  const cells = worstOf([...cellsOf(all, own), ...ownPairs(own)]);
  return { atMs, source: 'prometheus', error: null, nodes: nodesOf(all, own, cells), cells };
}

function cellsOf({ nodes, measuredAt, loss, p50, p99 }: Answers, own: Own): ApiCell[] {
  const nameOf = new Map(nodes.map(({ labels }) => [instanceOf(labels), nodeOf(labels).name]));
  const keys = new Map(own.targets.map((target) => [ownPair(target), target.key]));
  const [lossOf, p50Of, p99Of] = [loss, p50, p99].map(byPair) as [Values, Values, Values];
  return measuredAt.flatMap(({ labels, value }) => {
    const from = nameOf.get(instanceOf(labels));
    const to = labels['target'];
    if (from === undefined || to === undefined || from === to) return [];
    const pair = pairOf(labels);
    return {
      from,
      to,
      key: from === own.node.name ? (keys.get(pairText(labels, PAIR.slice(2))) ?? null) : null,
      lossRatio: finite(lossOf.get(pair)),
      p50Ns: nsOf(p50Of.get(pair)),
      p99Ns: nsOf(p99Of.get(pair)),
      // With fewer than two scrapes nothing is known of it.
      measuredAtMs: value > 0 && lossOf.has(pair) ? Math.round(value * 1000) : null,
    };
  });
}

/** Pairs of this watch, in case Prometheus doesn't scrape it: they are measured, but there is no news. */
function ownPairs({ node, targets }: Own): ApiCell[] {
  return targets
    .filter(({ name }) => name !== node.name)
    .map(({ key, name }) => ({ from: node.name, to: name, key, ...NO_NEWS }));
}

const NO_NEWS = { lossRatio: null, p50Ns: null, p99Ns: null, measuredAtMs: null } as const;

/** Of several ways from one node to another the worst counts; one without news, where no other has any. */
function worstOf(cells: readonly ApiCell[]): ApiCell[] {
  const worst = new Map<string, ApiCell>();
  for (const cell of cells) {
    const pair = JSON.stringify([cell.from, cell.to]);
    const other = worst.get(pair);
    if (other === undefined || rankOf(cell) > rankOf(other)) worst.set(pair, cell);
  }
  return [...worst.values()];
}

function rankOf({ measuredAtMs, lossRatio }: ApiCell): number {
  return measuredAtMs === null ? -2 : (lossRatio ?? -1);
}

/** Zones are what the nodes say themselves; those that are no watches have a label with theirs, here at least. */
function nodesOf(
  { nodes }: Answers,
  { node, targets }: Own,
  cells: readonly ApiCell[],
): ApiMatrix['nodes'] {
  const zones = new Map<string, string | null>(
    cells.flatMap(({ from, to }) => [
      [from, null],
      [to, null],
    ]),
  );
  for (const { name, labels } of targets) zones.set(name, labels['zone'] ?? null);
  zones.set(node.name, node.zone);
  for (const { labels } of nodes) {
    const { name, zone } = nodeOf(labels);
    zones.set(name, zone ?? zones.get(name) ?? null);
  }
  return [...zones].map(([name, zone]) => ({ name, zone }));
}

type Labels = PrometheusSample['labels'];

/** Prometheus renames labels that it has itself, such as the `node` of Kubernetes, to `exported_…`. */
function nodeOf(labels: Labels): NodeIdentity {
  return {
    name: labels['exported_node'] ?? labels['node'] ?? '',
    zone: labels['exported_zone'] ?? labels['zone'] ?? null,
  };
}

type Values = ReadonlyMap<string, number>;

function byPair(samples: readonly PrometheusSample[]): Values {
  return new Map(samples.map(({ labels, value }) => [pairOf(labels), value]));
}

function pairOf(labels: Labels): string {
  return pairText(labels, PAIR);
}

function instanceOf(labels: Labels): string {
  return pairText(labels, ['job', 'instance']);
}

function ownPair({ name, probe, ipVersion }: WatchTarget): string {
  return JSON.stringify([name, probe.name, familyOf(ipVersion)]);
}

/** Prometheus leaves out labels that are empty. */
function pairText(labels: Labels, names: readonly string[]): string {
  return JSON.stringify(names.map((name) => labels[name] ?? ''));
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

function nsOf(seconds: number | undefined): number | null {
  const known = finite(seconds);
  return known === null ? null : Math.round(known * 1e9);
}
