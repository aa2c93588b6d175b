// SPDX-License-Identifier: MIT
// Opens a command's line to the service manager that started it.

import { ServiceNotifier } from '../service-manager/service-notifier.ts';
import type { Io } from './io.ts';

/** @param mayUseLibc  false if the user chose the portable engine, which keeps koffi out of the process */
export function openServiceNotifier(
  { service, stderr }: Io,
  mayUseLibc: boolean,
): Promise<ServiceNotifier> {
  return ServiceNotifier.open({
    environment: service,
    mayUseLibc,
    onTrouble: (trouble) => {
      stderr.data(`echogram: warning: the service manager can't be notified: ${trouble}`);
    },
  });
}
