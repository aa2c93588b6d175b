// SPDX-License-Identifier: MIT
// Reads a configuration together with the contents of other files: the keys of authenticated STAMP.

import { readKeyFile } from '../../options/key-file.ts';
import { asFault, ConfigFaultError, configError } from '../config/config-fault.ts';
import type { WatchConfig } from '../config/watch-config.ts';
import { planWatch, type WatchPlan } from '../config/watch-plan.ts';
import { settingsOf, type SettingsByProbe } from './targets-of.ts';

export interface ReadPlan extends WatchPlan {
  readonly settings: SettingsByProbe;
}

/** @throws OptionError `ECHOGRAM_ERR_WATCH_CONFIG` */
export async function readPlan(config: WatchConfig): Promise<ReadPlan> {
  const plan = planWatch(config);
  const keys = new Map<string, Uint8Array>();
  for (const [name, { keyFile, path }] of plan.probes) {
    if (keyFile === undefined) continue;
    try {
      keys.set(name, await readKeyFile('key_file', keyFile));
    } catch (error) {
      const fault = asFault([...path, 'key_file'], error);
      throw fault instanceof ConfigFaultError ? configError(fault.fault) : error;
    }
  }
  return { ...plan, settings: settingsOf(plan.probes, keys) };
}
