// SPDX-License-Identifier: MIT
// The metrics of a running watch as text for Prometheus. A thousand targets are 45,000 lines, so they are written in
// slices, between which the main thread does its other work. A library would write them in one go.

import type { NodeIdentity } from '../http/node-identity.ts';
import { Slices } from '../http/slices.ts';
import type { TargetCounters } from '../watch/fleet/fleet.ts';
import type { WatchView } from '../watch/watch-view.ts';
import {
  EXPOSITION_TYPE,
  headText,
  isLabelName,
  labelText,
  sampleText,
} from './exposition-text.ts';
import { isClockSynchronised } from './host-clock.ts';
import type { HttpCut } from './sample.ts';
import { SharedRendering } from './shared-rendering.ts';
import { familyOf, TARGET_LABELS, TARGET_METRICS, type TargetReading } from './target-metrics.ts';
import { WATCH_METRICS } from './watch-metrics.ts';

/** Targets between two looks at the clock. */
const TARGETS_PER_LOOK = 50;

/** Labels that say something already: an operator's label of the same name is left out. */
const OWN_LABELS: ReadonlySet<string> = new Set([
  ...Object.keys(TARGET_LABELS),
  ...TARGET_METRICS.flatMap(({ labels = {} }) => Object.keys(labels)),
  'le',
]);

/** The table with all that is the same for every target. */
const FAMILIES = TARGET_METRICS.map(({ name, type, help, series }) => ({
  head: headText(name, type, help),
  series: series.map(({ suffix = '', labels, labelsOf: of, read }) => ({
    name: name + suffix,
    more: labels === undefined ? '' : `,${labelText(labels)}`,
    labelsOf: of,
    read,
  })),
}));

type Family = (typeof FAMILIES)[number];

/** A target as all its series name it. */
interface Labelled {
  readonly reading: TargetReading;
  readonly labels: Readonly<Record<string, string>>;
  readonly text: string;
}

export class WatchExposition {
  readonly contentType = EXPOSITION_TYPE;
  readonly #watch: WatchView;
  readonly #node: NodeIdentity;
  readonly #httpCut: HttpCut;
  readonly #rendering = new SharedRendering(() => this.#render());

  constructor(watch: WatchView, node: NodeIdentity, httpCut: HttpCut) {
    this.#watch = watch;
    this.#node = node;
    this.#httpCut = httpCut;
  }

  /** The bytes are shared and must not be written to. */
  read(): Promise<Uint8Array> {
    return this.#rendering.read();
  }

  async #render(): Promise<Uint8Array> {
    const slices = new Slices();
    const targets = await this.#readTargets(slices);
    const isSynchronised = await isClockSynchronised(this.#watch.engine);
    const parts: Uint8Array[] = [Buffer.from(this.#ownText(isSynchronised))];
    for (const family of FAMILIES) {
      parts.push(Buffer.from(family.head));
      for (let at = 0; at < targets.length; at += TARGETS_PER_LOOK) {
        parts.push(Buffer.from(linesOf(family, targets.slice(at, at + TARGETS_PER_LOOK))));
        await slices.pause();
      }
    }
    return Buffer.concat(parts);
  }

  #ownText(isSynchronised: boolean | null): string {
    const reading = {
      watch: this.#watch,
      node: this.#node,
      httpCut: this.#httpCut,
      isClockSynchronised: isSynchronised,
    };
    return WATCH_METRICS.map(({ name, type, help, read }) => {
      const lines = read(reading).map(({ metricName = name, labels, value }) =>
        sampleText(metricName, labelText(labels), value),
      );
      return headText(name, type, help) + lines.join('');
    }).join('');
  }

  /** Of each target all at one moment, so that its numbers add up. */
  async #readTargets(slices: Slices): Promise<readonly Labelled[]> {
    const watch = this.#watch;
    const { statuses } = watch.board;
    const names = labelNamesOf(statuses.map(({ target }) => target.labels));
    const targets: Labelled[] = [];
    for (const status of statuses) {
      if (targets.length % TARGETS_PER_LOOK === 0) await slices.pause();
      const labels = labelsOf(status.target, names);
      const counters = whole(status.counters, () => watch.fleet.countersOf(status.target.key));
      const reading = { status, counters, cumulated: cumulate(counters.rttBuckets) };
      targets.push({ reading, labels, text: labelText(labels) });
    }
    return targets;
  }
}

/** A second reading of the same is enough, unless the prober counts as fast as we read. */
const MOST_READINGS = 5;

/**
 * The prober writes while we read. Where it tells directions, a loss is two cells, and a reading of one without the other
 * would let a counter fall with the next scrape. So it is read until two readings agree.
 */
function whole(first: TargetCounters, readAgain: () => TargetCounters | undefined): TargetCounters {
  let latest = first;
  for (let reading = 1; reading < MOST_READINGS && hasDirection(latest); reading++) {
    const next = readAgain() ?? latest;
    const isSame = next.counts.lost === latest.counts.lost && unknown(next) === unknown(latest);
    latest = next;
    if (isSame) break;
  }
  return latest;
}

function hasDirection({ counts }: TargetCounters): boolean {
  return counts.lostForward + counts.lostBackward > 0;
}

function unknown({ counts }: TargetCounters): number {
  return counts.lost - counts.lostForward - counts.lostBackward;
}

/** Every series of a metric has the same labels: those that any target has. */
function labelNamesOf(all: readonly Readonly<Record<string, string>>[]): readonly string[] {
  const names = new Set(all.flatMap((labels) => Object.keys(labels)));
  return [...names].filter((name) => isLabelName(name) && !OWN_LABELS.has(name)).sort();
}

function labelsOf(
  { name, probe, ipVersion, labels }: TargetReading['status']['target'],
  names: readonly string[],
): Readonly<Record<string, string>> {
  const own = { target: name, probe: probe.name, family: familyOf(ipVersion) };
  return { ...own, ...Object.fromEntries(names.map((label) => [label, labels[label] ?? ''])) };
}

function cumulate(counts: readonly number[]): readonly number[] {
  let sum = 0;
  return counts.map((count) => (sum += count));
}

function linesOf({ series }: Family, targets: readonly Labelled[]): string {
  let text = '';
  for (const { reading, labels, text: common } of targets) {
    for (const { name, more, labelsOf: of, read } of series) {
      const all = of === undefined ? common + more : labelText({ ...labels, ...of(reading) });
      text += sampleText(name, all, read(reading));
    }
  }
  return text;
}
