// SPDX-License-Identifier: MIT
// Notices sockets that have stopped receiving although nobody closed them.

import type { PortableSocket } from './portable-socket.ts';

/** A socket may fail without an event: one whose descriptor was closed is merely never readable. */
const SOCKET_CHECK_MS = 1000;

export interface SocketListener {
  /** A socket broke, and others are left. */
  onNotice(message: string): void;
  /** No socket is left. */
  onFailed(reason: string): void;
}

/**
 * Reports which sockets break, and when none is left.
 *
 * @returns the timer that checks them
 */
export function watchSockets(
  sockets: readonly PortableSocket[],
  listener: SocketListener,
): NodeJS.Timeout {
  const onBroken = (socket: PortableSocket, systemCode: string): void => {
    const { address, port } = socket.local;
    const what = `the socket at ${address} port ${port} failed (${systemCode})`;
    const left = sockets.filter(({ isBroken }) => !isBroken).length;
    if (left === 0) listener.onFailed(what);
    else {
      listener.onNotice(
        `${what} and no longer receives; sockets left: ${left} of ${sockets.length}`,
      );
    }
  };
  for (const socket of sockets) {
    socket.onBroken = (systemCode) => {
      onBroken(socket, systemCode);
    };
  }
  const check = (): void => {
    for (const socket of sockets) socket.check();
  };
  return setInterval(check, SOCKET_CHECK_MS).unref();
}
