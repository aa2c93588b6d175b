// What a test needs of the machine; a missing need is a skip with its reason, which CI does not allow.

import { spawnSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { unsupportedReason } from '../../src/socket/linux/libc.ts';
import { isInstalled } from './programs.ts';

/** The reason to skip, or false. */
export type Skip = string | false;

export function needsLinux(): Skip {
  return process.platform === 'linux' ? false : 'needs Linux';
}

export function needsRoot(): Skip {
  return process.getuid?.() === 0 ? false : 'needs root, to make network namespaces';
}

export function needsProgram(command: string): Skip {
  return isInstalled(command) ? false : `needs ${command}, which is not installed`;
}

export function needsIPv6(): Skip {
  const hasIt = Object.values(networkInterfaces())
    .flat()
    .some((info) => info?.address === '::1');
  return hasIt ? false : 'needs IPv6 on the loopback interface';
}

export function needsNamespaces(): Skip {
  if (needsRoot() !== false) return needsRoot();
  const canMake = spawnSync('unshare', ['-n', 'true']).status === 0;
  return canMake ? false : 'needs network namespaces, which this kernel or container refuses';
}

/** The first reason there is. */
export function firstSkip(...skips: readonly Skip[]): Skip {
  return skips.find((skip) => skip !== false) ?? false;
}

/** The struct layouts and calls of the Linux engine. */
export function needsLinuxEngine(): Skip {
  const reason = unsupportedReason();
  return reason === undefined ? false : `needs the Linux engine: ${reason}`;
}
