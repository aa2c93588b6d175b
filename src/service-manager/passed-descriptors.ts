// SPDX-License-Identifier: MIT
// The descriptors that a service manager passes (sd_listen_fds(3)).

import { createError } from '../errors.ts';
import type { ServiceEnvironment } from './service-environment.ts';

/** A descriptor, and what its socket unit calls it (FileDescriptorName=). */
export interface PassedDescriptor {
  readonly fd: number;
  readonly name: string;
}

/** SD_LISTEN_FDS_START. */
const FIRST = 3;

/** Far more than anybody passes. */
const MAX_DESCRIPTORS = 1024;

/**
 * @returns none if the variables are meant for another process
 * @throws OptionError `ECHOGRAM_ERR_OPTION_VALUE` if LISTEN_FDS is no number
 */
export function passedDescriptors({
  listenFds,
  listenPid,
  listenFdNames = '',
  pid,
}: ServiceEnvironment): readonly PassedDescriptor[] {
  if (listenFds === undefined || listenPid !== String(pid)) return [];
  const count = /^\d{1,4}$/.test(listenFds) ? Number(listenFds) : Infinity;
  if (count > MAX_DESCRIPTORS) {
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: 'LISTEN_FDS',
      rule: `a whole number from 0 to ${MAX_DESCRIPTORS}`,
      value: listenFds,
    });
  }
  const names = listenFdNames.split(':');
  return Array.from({ length: count }, (_, at) => ({ fd: FIRST + at, name: names[at] ?? '' }));
}
