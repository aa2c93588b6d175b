// SPDX-License-Identifier: MIT
// The plan of a configuration, with all defaults. Every rule is checked that can be checked without the network or
// other files.

import { byteSize } from '../../options/byte-size.ts';
import { nearestName } from '../../options/nearest-name.ts';
import { findViolation, type Violation } from '../../schema/schema-violation.ts';
import { isWatchConfig, WATCH_CONFIG_KEYS } from '../../schema/schema-validators.js';
import { planAlerts } from '../alerts/alert-rule.ts';
import { planNotify } from '../alerts/notify-plan.ts';
import { settingsOf, targetsOf } from '../targets/targets-of.ts';
import { rateExcess, type RateLimits } from '../targets/rate-limits.ts';
import type { WatchTarget } from '../target.ts';
import {
  ConfigFaultError,
  configError,
  faultAt,
  readAt,
  type ConfigFault,
  type ConfigPath,
} from './config-fault.ts';
import { planProbe, type ProbePlan } from './probe-plan.ts';
import { planSource, type SourcePlan } from './source-plan.ts';
import type { WatchConfig } from './watch-config.ts';

/** Maximum targets of a watch: about as many as one core can probe once a second, with time left for other work. */
export const MOST_TARGETS = 10_000;

export interface WatchPlan {
  readonly probes: ReadonlyMap<string, ProbePlan>;
  readonly sources: readonly SourcePlan[];
  readonly limits: RateLimits;
  readonly history: { readonly path: string | undefined; readonly maxBytes: number };
}

/** Maximum probes per second beyond loopback, unless `limits` permits more. */
const MOST_PPS = 10_000;

const HISTORY_BYTES = byteSize(2 ** 20, 2 ** 40);

/**
 * @throws OptionError `ECHOGRAM_ERR_WATCH_CONFIG`
 */
export function planWatch(config: WatchConfig): WatchPlan {
  try {
    return readPlan(config);
  } catch (error) {
    if (error instanceof ConfigFaultError) throw configError(error.fault);
    throw error;
  }
}

/** The fault of a value that should be a configuration; `undefined` if there is none. */
export function findConfigFault(value: unknown): ConfigFault | undefined {
  try {
    readPlan(value as WatchConfig);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigFaultError) return error.fault;
    throw error;
  }
}

function readPlan(config: WatchConfig): WatchPlan {
  const violation = findViolation(isWatchConfig, config);
  if (violation !== undefined) throw new ConfigFaultError(faultOf(violation, config));
  const { limits = {}, history = {} } = config;
  const plan: WatchPlan = {
    probes: planProbes(config),
    sources: config.targets.map((entry, index) => planSource(entry, ['targets', index])),
    limits: { maxPps: limits.max_rate ?? MOST_PPS, isFloodAllowed: limits.flood ?? false },
    history: {
      path: history.path,
      maxBytes: readAt(['history', 'max_size'], HISTORY_BYTES, history.max_size ?? '2GiB'),
    },
  };
  requireProbes(plan);
  planAlerts(config.alerts);
  planNotify(config.notify);
  checkTargets(plan);
  return plan;
}

function planProbes({ probes = {} }: WatchConfig): WatchPlan['probes'] {
  const entries = Object.entries({ default: {}, ...probes });
  return new Map(
    entries.map(([name, probe]) => [name, planProbe(name, probe, ['probes', name])] as const),
  );
}

/** Checks that each source and target names an existing probe. */
function requireProbes({ probes, sources }: WatchPlan): void {
  for (const source of sources) {
    const named = source.kind === 'static' ? [source, ...source.targets] : [source];
    for (const { probe, path } of named) {
      if (probes.has(probe)) continue;
      throw faultAt([...path, 'probe'], 'must be the name of an entry of probes', {
        value: probe,
        remedy: suggestion(probe, [...probes.keys()]),
      });
    }
  }
}

function checkTargets({ probes, sources, limits }: WatchPlan): void {
  const paths = new Map<string, ConfigPath>();
  const targets: WatchTarget[] = [];
  const settings = settingsOf(probes);
  for (const source of sources) {
    for (const found of source.kind === 'static' ? source.targets : []) {
      for (const target of targetsOf(found, probes, settings)) {
        const other = paths.get(target.key);
        if (other !== undefined) throw duplicate(found.path, target, other);
        paths.set(target.key, found.path);
        targets.push(target);
      }
    }
  }
  if (targets.length > MOST_TARGETS) {
    throw faultAt(['targets'], `must be at most ${MOST_TARGETS}`, {
      value: targets.length,
      remedy: 'divide them among several watches',
      isOfName: true,
    });
  }
  const excess = rateExcess(targets, limits);
  if (excess !== undefined) {
    const remedy = 'probe less often, or allow more in limits (max_rate, flood)';
    throw faultAt(['targets'], `must not ask for ${excess}`, { remedy, isOfName: true });
  }
}

function duplicate(path: ConfigPath, { name, probe }: WatchTarget, other: ConfigPath): Error {
  const first = other.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return faultAt(path, `must have another name or probe than ${first.slice(1)}`, {
    value: `${name} with probe ${probe.name}`,
    remedy: 'give one of them a name of its own',
  });
}

function faultOf({ path, problem, keyword }: Violation, config: unknown): ConfigFault {
  const known = keyword === 'additionalProperties' ? knownKeys(path.slice(0, -1)) : [];
  if (known.length > 0) {
    return {
      path,
      isOfName: true,
      problem: 'is not a known key',
      remedy: suggestion(path.at(-1)!, known) ?? `known are ${known.join(', ')}`,
    };
  }
  if (keyword === 'required') return { path, problem };
  const value = valueAt(config, path);
  return { path, problem, value, remedy: typeRemedy(path, problem, value) };
}

function suggestion(name: string, known: readonly string[]): string | undefined {
  const nearest = nearestName(name, known);
  return nearest === undefined ? undefined : `did you mean ${nearest}?`;
}

function knownKeys(path: readonly string[]): readonly string[] {
  const fits = (place: string): boolean => {
    const parts = place === '' ? [] : place.split('/');
    if (parts.length !== path.length) return false;
    return parts.every((part, index) => part === '*' || part === path[index]);
  };
  return Object.entries(WATCH_CONFIG_KEYS).find(([place]) => fits(place))?.[1] ?? [];
}

const DURATION_KEYS = ['interval', 'timeout', 'refresh'];

/** In YAML, `1` and `yes` are not texts. */
function typeRemedy(path: readonly string[], problem: string, value: unknown): string | undefined {
  if (!problem.includes('be a text') || typeof value === 'object') return undefined;
  const isDuration = DURATION_KEYS.includes(path.at(-1)!);
  return isDuration ? 'write it with its unit, such as 1s' : 'put it in quotes';
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, part) => (inner as Record<string, unknown>)[part], value);
}
