// SPDX-License-Identifier: MIT
// Asks the kernel for a socket's buffers through node:dgram and reads back what it gave.

import type { Socket } from 'node:dgram';
import { platform } from 'node:os';
import type { SocketBuffer } from '../datagram-socket.ts';

/** Below this a refusal is not worth another try; every system grants it. */
const SMALLEST_ASKED_BYTES = 64 * 1024;

export function askReceiveBuffer(socket: Socket, askedBytes: number): SocketBuffer {
  askBuffer(askedBytes, (bytes) => {
    socket.setRecvBufferSize(bytes);
  });
  return granted(askedBytes, () => socket.getRecvBufferSize());
}

export function askSendBuffer(socket: Socket, askedBytes: number): SocketBuffer {
  askBuffer(askedBytes, (bytes) => {
    socket.setSendBufferSize(bytes);
  });
  return granted(askedBytes, () => socket.getSendBufferSize());
}

/**
 * Asks for `askedBytes`, halving where the system refuses outright (BSD and macOS: ENOBUFS above
 * kern.ipc.maxsockbuf). Linux instead clamps to net.core.rmem_max or wmem_max without a word.
 */
function askBuffer(askedBytes: number, ask: (bytes: number) => void): void {
  for (let bytes = askedBytes; bytes >= SMALLEST_ASKED_BYTES; bytes = Math.floor(bytes / 2)) {
    try {
      ask(bytes);
      return;
    } catch {
      // Half of it, then; or what the system gave without being asked.
    }
  }
}

/** Linux reports twice what it took, to cover its own book-keeping (socket(7)). */
function granted(askedBytes: number, read: () => number): SocketBuffer {
  try {
    const reportedBytes = read();
    return { askedBytes, grantedBytes: platform() === 'linux' ? reportedBytes / 2 : reportedBytes };
  } catch {
    return { askedBytes, grantedBytes: null };
  }
}
