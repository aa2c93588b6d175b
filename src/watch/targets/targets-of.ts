// SPDX-License-Identifier: MIT
// Converts the targets found in a source to targets to probe.

import type { ProbePlan } from '../config/probe-plan.ts';
import type { FoundTarget } from '../found-target.ts';
import type { ProbeSettings, WatchTarget } from '../target.ts';

/** The settings of each probe, shared by its targets. */
export type SettingsByProbe = ReadonlyMap<string, ProbeSettings>;

/** @param keys  keys of authenticated STAMP, by the name of the probe */
export function settingsOf(
  probes: ReadonlyMap<string, ProbePlan>,
  keys: ReadonlyMap<string, Uint8Array> = new Map(),
): SettingsByProbe {
  return new Map(
    [...probes].map(
      ([name, { settings }]) => [name, { ...settings, key: keys.get(name) }] as const,
    ),
  );
}

/** One target for each IP version of its probe. */
export function targetsOf(
  { name, host, port, labels, probe }: FoundTarget,
  probes: ReadonlyMap<string, ProbePlan>,
  settings: SettingsByProbe,
): WatchTarget[] {
  const plan = probes.get(probe)!;
  return plan.ipVersions.map((ipVersion) => ({
    key: `${name} ${probe}${ipVersion === undefined ? '' : ` ipv${ipVersion}`}`,
    name,
    host,
    port: port ?? plan.port,
    ipVersion,
    labels,
    probe: settings.get(probe)!,
  }));
}
