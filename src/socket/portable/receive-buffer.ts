// SPDX-License-Identifier: MIT
// Asks the kernel for a receive buffer through node:dgram and reads back what it gave.

import type { Socket } from 'node:dgram';
import { platform } from 'node:os';
import type { ReceiveBuffer } from '../datagram-socket.ts';

/** Below this a refusal is not worth another try; every system grants it. */
const SMALLEST_ASKED_BYTES = 64 * 1024;

/**
 * Asks for `askedBytes`, halving where the system refuses outright (BSD and macOS: ENOBUFS above
 * kern.ipc.maxsockbuf). Linux instead clamps to net.core.rmem_max without a word, and reports
 * twice what it took, to cover its own book-keeping (socket(7)).
 */
export function askReceiveBuffer(socket: Socket, askedBytes: number): ReceiveBuffer {
  for (let bytes = askedBytes; bytes >= SMALLEST_ASKED_BYTES; bytes = Math.floor(bytes / 2)) {
    if (trySetReceiveBuffer(socket, bytes)) break;
  }
  const reportedBytes = socket.getRecvBufferSize();
  return { askedBytes, grantedBytes: platform() === 'linux' ? reportedBytes / 2 : reportedBytes };
}

function trySetReceiveBuffer(socket: Socket, bytes: number): boolean {
  try {
    socket.setRecvBufferSize(bytes);
    return true;
  } catch {
    return false;
  }
}
