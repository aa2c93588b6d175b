// SPDX-License-Identifier: MIT
// Describes what a configuration would probe. No name is resolved and no source is read.

import { formatHostPort } from '../../host-port.ts';
import { shownUrl } from '../../options/http-url.ts';
import { countOf, formatCount } from '../../quantities.ts';
import { settingsOf, targetsOf } from '../targets/targets-of.ts';
import type { WatchTarget } from '../target.ts';
import type { DiscoveryPlan } from './source-plan.ts';
import type { WatchConfig } from './watch-config.ts';
import { planWatch, type WatchPlan } from './watch-plan.ts';

/**
 * Lines for people.
 *
 * @throws OptionError `ECHOGRAM_ERR_WATCH_CONFIG`
 */
export function describeConfig(config: WatchConfig): string {
  const plan = planWatch(config);
  const settings = settingsOf(plan.probes);
  const targets = plan.sources.flatMap((source) =>
    source.kind === 'static'
      ? source.targets.flatMap((found) => targetsOf(found, plan.probes, settings))
      : [],
  );
  return [
    ...targetLines(targets),
    ...sourceLines(plan),
    historyLine(plan),
    ...alertLines(config),
    limitLine(plan),
  ].join('\n');
}

function targetLines(targets: readonly WatchTarget[]): readonly string[] {
  if (targets.length === 0) return ['No targets in the configuration itself.'];
  const pps = targets.reduce((sum, { probe }) => sum + 1000 / probe.intervalMs, 0);
  const rows = targets.map(rowOf);
  const head = `${countOf(targets.length, 'target')}, ${countOf(Number(pps.toPrecision(3)), 'probe')} per second:`;
  return [head, ...asTable([['TARGET', 'PROBE', 'PROTOCOL', 'EVERY', 'TO'], ...rows])];
}

function rowOf({ name, probe, host, port, ipVersion }: WatchTarget): readonly string[] {
  const version = ipVersion === undefined ? '' : ` over IPv${ipVersion}`;
  const { protocol, intervalMs } = probe;
  return [
    name,
    probe.name,
    protocol,
    inWords(intervalMs),
    `${formatHostPort(host, port)}${version}`,
  ];
}

function sourceLines({ sources }: WatchPlan): readonly string[] {
  const discovered = sources.filter((source) => source.kind !== 'static');
  if (discovered.length === 0) return [];
  return ['More targets from:', ...discovered.map((source) => `  ${sourceInWords(source)}`)];
}

function sourceInWords(source: DiscoveryPlan): string {
  switch (source.kind) {
    case 'file_sd':
      return `files ${source.patterns.join(', ')}, when they change`;
    case 'http_sd':
      return `${shownUrl(source.url)}, every ${inWords(source.refreshMs)}`;
    case 'dns': {
      const { name, type, refreshMs, maxPeers } = source;
      const refresh =
        refreshMs === undefined ? 'as its answers get old' : `every ${inWords(refreshMs)}`;
      const most = maxPeers === undefined ? '' : `; at most ${maxPeers} of them`;
      return `${type} records of ${name}, ${refresh}${most}`;
    }
  }
}

function historyLine({ history: { path, maxBytes } }: WatchPlan): string {
  if (path === undefined) return 'History: in memory, until the watch ends';
  return `History: ${path}, up to ${formatCount(Math.round(maxBytes / 2 ** 20))} MiB`;
}

function alertLines({ alerts = [], notify = {} }: WatchConfig): readonly string[] {
  if (alerts.length === 0) return [];
  const receivers = [notify.alertmanager ?? [], notify.webhook ?? []].flat();
  const told = receivers.length === 0 ? 'nobody; see notify' : receivers.map(shownUrl).join(', ');
  const rules = alerts.map(({ name, raise }) => `  ${name}: ${raise}`);
  return [`Alerts, told to ${told}:`, ...rules];
}

function limitLine({ limits: { maxPps, isFloodAllowed } }: WatchPlan): string {
  const each = isFloodAllowed ? 'any number' : '1,000';
  return `Limits beyond loopback: ${formatCount(maxPps)} probes per second, ${each} to one address`;
}

function inWords(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;
}

/** Columns two spaces apart. */
function asTable(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<readonly number[]>(
    (most, row) => row.map((cell, column) => Math.max(most[column] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) => {
    const cells = row.map((cell, column) => cell.padEnd(widths[column]!));
    return `  ${cells.join('  ').trimEnd()}`;
  });
}
