// SPDX-License-Identifier: MIT
// Reads and checks an entry of `targets`, which says where targets come from.

import { httpUrl } from '../../options/http-url.ts';
import { duration } from '../../options/quantity.ts';
import type { FoundTarget } from '../found-target.ts';
import { HOST_RULE, isTargetName, NAME_RULE, readHostPort, refusalOf } from '../found-target.ts';
import { labelFault, MOST_LABELS, type Labels } from '../labels.ts';
import { faultAt, readAt, type ConfigPath } from './config-fault.ts';
import type { StaticTarget, TargetSource, WatchConfig } from './watch-config.ts';

const REFRESH = duration({ minMs: 1000, maxMs: 24 * 3_600_000 });

const SOURCE_URL = httpUrl('https://sd.example.net/targets');

/** The default interval, as in Prometheus. */
const HTTP_REFRESH_MS = 60_000;

/** What all targets of a source have in common. */
interface SourceCommon {
  readonly path: ConfigPath;
  readonly labels: Labels;
  /** Name of an entry of `probes`. */
  readonly probe: string;
}

export interface StaticPlan extends SourceCommon {
  readonly kind: 'static';
  readonly targets: readonly (FoundTarget & { readonly path: ConfigPath })[];
}

export interface FilePlan extends SourceCommon {
  readonly kind: 'file_sd';
  /** `*` in the last part stands for any characters. */
  readonly patterns: readonly string[];
}

export interface HttpPlan extends SourceCommon {
  readonly kind: 'http_sd';
  /** Including user and password, if any. */
  readonly url: string;
  readonly refreshMs: number;
}

export interface DnsPlan extends SourceCommon {
  readonly kind: 'dns';
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'SRV';
  readonly port: number | undefined;
  /** `undefined` means the time to live of the answer. */
  readonly refreshMs: number | undefined;
  readonly maxPeers: number | undefined;
  readonly identityPort: number | undefined;
}

/** A source that may fail, and is read again. */
export type DiscoveryPlan = FilePlan | HttpPlan | DnsPlan;

export type SourcePlan = StaticPlan | DiscoveryPlan;

export function planSource(entry: WatchConfig['targets'][number], path: ConfigPath): SourcePlan {
  if (typeof entry === 'string') {
    const common = { path, labels: {}, probe: 'default' };
    return { kind: 'static', ...common, targets: [planTarget(entry, path, common)] };
  }
  const common = { path, labels: entry.labels ?? {}, probe: entry.probe ?? 'default' };
  checkLabels(common.labels, [...path, 'labels']);
  switch (kindOf(entry, path)) {
    case 'static':
      return { kind: 'static', ...common, targets: planTargets(entry.static!, common) };
    case 'file_sd':
      return { kind: 'file_sd', ...common, patterns: planPatterns(entry.file_sd!, path) };
    case 'http_sd':
      return { kind: 'http_sd', ...common, ...planHttp(entry.http_sd!, [...path, 'http_sd']) };
    case 'dns':
      return { kind: 'dns', ...common, ...planDns(entry.dns!, [...path, 'dns']) };
  }
}

const KINDS = ['static', 'file_sd', 'http_sd', 'dns'] as const;

function kindOf(entry: TargetSource, path: ConfigPath): SourcePlan['kind'] {
  const [kind, other] = KINDS.filter((name) => entry[name] !== undefined);
  if (kind === undefined) throw faultAt(path, `must have one of ${KINDS.join(', ')}`);
  if (other === undefined) return kind;
  throw faultAt([...path, other], `must be left out beside ${kind}`, {
    remedy: 'make another source of it',
    isOfName: true,
  });
}

function planTargets(
  entries: NonNullable<TargetSource['static']>,
  common: SourceCommon,
): StaticPlan['targets'] {
  return entries.map((entry, index) =>
    planTarget(entry, [...common.path, 'static', index], common),
  );
}

function planTarget(
  entry: string | StaticTarget,
  path: ConfigPath,
  common: SourceCommon,
): StaticPlan['targets'][number] {
  const isText = typeof entry === 'string';
  const {
    host: written,
    name = written,
    labels = {},
    probe = common.probe,
  } = isText ? { host: entry } : entry;
  const hostPath = isText ? path : [...path, 'host'];
  const address = readHostPort(written);
  if (address === undefined) throw faultAt(hostPath, `must ${HOST_RULE}`, { value: written });
  const refusal = refusalOf(address.host);
  if (refusal !== undefined) {
    const problem = `must be the address of one host, but ${refusal}`;
    throw faultAt(hostPath, problem, { value: written });
  }
  if (!isTargetName(name)) throw faultAt([...path, 'name'], `must ${NAME_RULE}`, { value: name });
  checkLabels(labels, [...path, 'labels']);
  return { name, ...address, labels: { ...common.labels, ...labels }, probe, path };
}

function checkLabels(labels: Labels, path: ConfigPath): void {
  const entries = Object.entries(labels);
  if (entries.length > MOST_LABELS) {
    throw faultAt(path, `must have at most ${MOST_LABELS} labels`, { value: entries.length });
  }
  for (const [name, value] of entries) {
    const fault = labelFault(name, value);
    if (fault === undefined) continue;
    throw faultAt([...path, name], `must ${fault.rule}`, {
      value: fault.isOfName ? name : value,
      isOfName: fault.isOfName,
    });
  }
}

function planPatterns(patterns: readonly string[], path: ConfigPath): readonly string[] {
  for (const [index, pattern] of patterns.entries()) {
    if (!/\*[^/]*\//.test(pattern)) continue;
    const place = [...path, 'file_sd', index];
    throw faultAt(place, 'must have * in the last part of its path alone', { value: pattern });
  }
  return patterns;
}

function planHttp(
  { url, refresh }: NonNullable<TargetSource['http_sd']>,
  path: ConfigPath,
): Pick<HttpPlan, 'url' | 'refreshMs'> {
  const refreshMs =
    refresh === undefined ? HTTP_REFRESH_MS : readAt([...path, 'refresh'], REFRESH, refresh);
  return { url: readAt([...path, 'url'], SOURCE_URL, url), refreshMs };
}

function planDns(
  { name, type = 'A', port, refresh, ...mesh }: NonNullable<TargetSource['dns']>,
  path: ConfigPath,
): Omit<DnsPlan, 'kind' | keyof SourceCommon> {
  if (port !== undefined && type === 'SRV') {
    throw faultAt([...path, 'port'], 'must be left out with SRV, whose answers have ports');
  }
  return {
    name,
    type,
    port,
    refreshMs: refresh === undefined ? undefined : readAt([...path, 'refresh'], REFRESH, refresh),
    maxPeers: mesh.max_peers,
    identityPort: mesh.identity_port,
  };
}
