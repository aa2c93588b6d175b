// SPDX-License-Identifier: MIT
// Requests a socket's buffers from the kernel through node:dgram and reads back what it granted.

import type { Socket } from 'node:dgram';
import { platform } from 'node:os';
import type { SocketBuffer } from '../datagram-socket.ts';

/** Below this another try is not worthwhile; every system grants it. */
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
 * Requests `askedBytes`, and half as much after each outright refusal (BSD and macOS: ENOBUFS above
 * kern.ipc.maxsockbuf). Linux instead silently clamps to net.core.rmem_max or wmem_max.
 */
function askBuffer(askedBytes: number, ask: (bytes: number) => void): void {
  for (let bytes = askedBytes; bytes >= SMALLEST_ASKED_BYTES; bytes = Math.floor(bytes / 2)) {
    try {
      ask(bytes);
      return;
    } catch {
      // Half of it, then; or the system's default.
    }
  }
}

/** What a socket has, if nothing is to be requested. */
export function receiveBufferOf(socket: Socket): SocketBuffer {
  return asItIs(() => socket.getRecvBufferSize());
}

export function sendBufferOf(socket: Socket): SocketBuffer {
  return asItIs(() => socket.getSendBufferSize());
}

function asItIs(read: () => number): SocketBuffer {
  const { grantedBytes } = granted(0, read);
  return { askedBytes: grantedBytes ?? 0, grantedBytes };
}

/** Linux reports twice what it granted, to cover its own bookkeeping (socket(7)). */
function granted(askedBytes: number, read: () => number): SocketBuffer {
  try {
    const reportedBytes = read();
    return { askedBytes, grantedBytes: platform() === 'linux' ? reportedBytes / 2 : reportedBytes };
  } catch {
    return { askedBytes, grantedBytes: null };
  }
}
