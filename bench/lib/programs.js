// SPDX-License-Identifier: MIT

import { spawnSync } from 'node:child_process';

/** Why a program can't be run: it is not installed; `undefined` if it is. */
export function whyMissing(command) {
  const { status } = spawnSync('sh', ['-c', `command -v ${command}`]);
  return status === 0 ? undefined : `${command} is not installed`;
}
