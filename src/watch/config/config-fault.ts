// SPDX-License-Identifier: MIT
// A fault of a configuration, and its place.

import { createError, OptionError, type EchogramError } from '../../errors.ts';
import type { ValueText } from '../../options/kind.ts';
import { placeInWords } from '../../schema/schema-violation.ts';

/** Names and indexes that lead from the whole configuration to a part of it. */
export type ConfigPath = readonly (string | number)[];

export interface ConfigFault {
  readonly path: ConfigPath;
  /** Follows the place: `must be …`, `is missing`. */
  readonly problem: string;
  readonly value?: unknown;
  readonly remedy?: string | undefined;
  /** True if the name of the last part is wrong, not its value. */
  readonly isOfName?: boolean | undefined;
}

/** Carries a fault to the code that knows the file. */
export class ConfigFaultError extends Error {
  readonly fault: ConfigFault;

  constructor(fault: ConfigFault) {
    super(`${placeInWords(fault.path)} ${fault.problem}`);
    this.fault = fault;
  }
}

export function faultAt(
  path: ConfigPath,
  problem: string,
  about: Omit<ConfigFault, 'path' | 'problem'> = {},
): ConfigFaultError {
  return new ConfigFaultError({ path, problem, ...about });
}

/** A position in a file; lines and columns count from 1. */
export interface FilePosition {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

export function configError(
  { path, problem, remedy, ...fault }: ConfigFault,
  position: Partial<FilePosition> = {},
): EchogramError<'ECHOGRAM_ERR_WATCH_CONFIG'> {
  const place = path.length === 0 ? 'the configuration' : placeInWords(path);
  return createError('ECHOGRAM_ERR_WATCH_CONFIG', {
    ...position,
    place,
    problem,
    ...('value' in fault ? { value: fault.value } : {}),
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** Reads the text at a place as a value of its kind. */
export function readAt<Value>(
  path: ConfigPath,
  kind: { readonly text?: ValueText<Value> },
  text: string,
): Value {
  try {
    return kind.text!.read('', text);
  } catch (error) {
    throw asFault(path, error);
  }
}

/** Converts an error about an option to a fault of the place that gave the value. */
export function asFault(path: ConfigPath, error: unknown): unknown {
  if (!OptionError.is(error) || error.code !== 'ECHOGRAM_ERR_OPTION_VALUE') return error;
  const { rule, remedy, ...data } = error.data;
  return faultAt(path, `must be ${rule}`, {
    remedy,
    ...('value' in data ? { value: data.value } : {}),
  });
}
