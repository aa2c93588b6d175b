// SPDX-License-Identifier: MIT
// Reads the file of a configuration.

import { dirname, resolve } from 'node:path';
import { configError } from './config-fault.ts';
import { readTextFile, UnreadableFile } from './text-file.ts';
import type { ProbeConfig, WatchConfig } from './watch-config.ts';
import { findConfigFault } from './watch-plan.ts';
import { parseYaml, YamlFault } from './yaml-text.ts';

/**
 * Reads and checks a text in YAML or JSON. Relative paths in it are relative to the folder of its file.
 *
 * @param file  the name for errors, to which relative paths are relative
 * @throws OptionError `ECHOGRAM_ERR_WATCH_CONFIG`, with the line and column of the fault
 */
export async function parseWatchConfig(file: string, text: string): Promise<WatchConfig> {
  const yaml = await parsed(file, text);
  const fault = findConfigFault(yaml.value);
  if (fault === undefined) return withAbsolutePaths(yaml.value as WatchConfig, dirname(file));
  throw configError(fault, { file, ...yaml.positionOf(fault.path, fault.isOfName) });
}

/** @throws OptionError `ECHOGRAM_ERR_WATCH_CONFIG` */
export async function readConfigText(file: string): Promise<string> {
  try {
    return await readTextFile(file);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    throw configError({ path: [], problem: error.message }, { file });
  }
}

async function parsed(file: string, text: string): ReturnType<typeof parseYaml> {
  try {
    return await parseYaml(text);
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error;
    throw configError({ path: [], problem: error.message }, { file, ...error.position });
  }
}

function withAbsolutePaths(config: WatchConfig, folder: string): WatchConfig {
  const { probes, history, targets } = config;
  return {
    ...config,
    ...(probes === undefined ? {} : { probes: withKeyFiles(probes, folder) }),
    ...(history?.path === undefined
      ? {}
      : { history: { ...history, path: resolve(folder, history.path) } }),
    targets: targets.map((entry) =>
      typeof entry === 'string' || entry.file_sd === undefined
        ? entry
        : { ...entry, file_sd: entry.file_sd.map((pattern) => resolve(folder, pattern)) },
    ),
  };
}

function withKeyFiles(
  probes: Readonly<Record<string, ProbeConfig>>,
  folder: string,
): Record<string, ProbeConfig> {
  return Object.fromEntries(
    Object.entries(probes).map(([name, probe]) => {
      const { key_file: file } = probe;
      return [name, file === undefined ? probe : { ...probe, key_file: resolve(folder, file) }];
    }),
  );
}
