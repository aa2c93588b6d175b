// The machine's limit on send buffers, which no network namespace has of its own.

import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs';
import type { Skip } from './skips.ts';

/** Most systems' default of net.core.wmem_max, and of wmem_default. */
export const USUAL_WMEM_MAX = 212_992;

const LIMIT = '/proc/sys/net/core/wmem_max';

/** The reason why the limit can't be set here, or false. In a network namespace it can be read at most. */
export function needsSendBufferLimit(): Skip {
  try {
    accessSync(LIMIT, constants.W_OK);
    return false;
  } catch {
    return 'needs to set net.core.wmem_max, as root outside of network namespaces';
  }
}

let startsUnderWay = 0;
let valueBefore = '';

/** Runs `start` while the limit is the usual one: sockets that it opens keep what they got. */
export async function withUsualSendBufferLimit<Value>(start: () => Promise<Value>): Promise<Value> {
  if (startsUnderWay++ === 0) valueBefore = readFileSync(LIMIT, 'latin1');
  writeFileSync(LIMIT, String(USUAL_WMEM_MAX));
  try {
    return await start();
  } finally {
    if (--startsUnderWay === 0) writeFileSync(LIMIT, valueBefore);
  }
}
