// The machine's limit on send buffers, which no network namespace has of its own.

import { spawnSync } from 'node:child_process';
import type { Skip } from './skips.ts';

/** Most systems' default of net.core.wmem_max, and of wmem_default. */
export const USUAL_WMEM_MAX = 212_992;

/** The reason why the limit can't be set here, or false. */
export function needsSendBufferLimit(): Skip {
  const canSet = trySet(current()) === 0;
  return canSet ? false : 'needs to set net.core.wmem_max, as root outside of network namespaces';
}

let startsUnderWay = 0;
let valueBefore = '';

/** Runs `start` while the limit is the usual one: sockets that it opens keep what they got. */
export async function withUsualSendBufferLimit<Value>(start: () => Promise<Value>): Promise<Value> {
  if (startsUnderWay++ === 0) valueBefore = current();
  trySet(String(USUAL_WMEM_MAX));
  try {
    return await start();
  } finally {
    if (--startsUnderWay === 0) trySet(valueBefore);
  }
}

function current(): string {
  return sysctl('-n', 'net.core.wmem_max').stdout.trim();
}

function trySet(value: string): number | null {
  return sysctl('-q', '-w', `net.core.wmem_max=${value}`).status;
}

function sysctl(...args: readonly string[]): {
  readonly stdout: string;
  readonly status: number | null;
} {
  return spawnSync('sysctl', args, { encoding: 'utf8' });
}
