// A socket of either engine, served on the event loop of this thread.

import type { DatagramSocket } from '../../src/socket/datagram-socket.ts';
import type { BoundSocket } from '../../src/socket/linux/bind.ts';
import { POLLIN } from '../../src/socket/linux/constants.ts';
import type { Libc } from '../../src/socket/linux/libc.ts';
import { LinuxSocket } from '../../src/socket/linux/linux-socket.ts';
import { Poller } from '../../src/socket/linux/poller.ts';
import type { PortableSocket } from '../../src/socket/portable/portable-socket.ts';

export interface ServedSocket {
  readonly socket: DatagramSocket;
  /** Calls `onReadable` whenever datagrams wait. It must call `receive` until that returns 0. */
  readonly start: (onReadable: () => void) => void;
  /** May be called again. */
  readonly close: () => Promise<void>;
}

/** As the engine's worker does it, ppoll and then receive, but by turns with what else this thread has to do. */
export function serveLinux(
  libc: Libc,
  bound: BoundSocket,
  cells: Float64Array,
  notify?: (notice: string) => void,
): ServedSocket {
  const socket = new LinuxSocket(libc, bound, cells, notify);
  const poller = new Poller(libc, [bound.fd], POLLIN);
  let isClosed = false;
  const turn = (onReadable: () => void): void => {
    if (isClosed) return;
    poller.wait(0);
    if (poller.isReady(0)) onReadable();
    setImmediate(turn, onReadable);
  };
  return {
    socket,
    start: (onReadable) => {
      setImmediate(turn, onReadable);
    },
    close: () => {
      if (!isClosed) {
        isClosed = true;
        socket.discard();
        libc.close(bound.fd);
      }
      return Promise.resolve();
    },
  };
}

export function servePortable(socket: PortableSocket): ServedSocket {
  return {
    socket,
    start: (onReadable) => {
      socket.start(onReadable);
    },
    close: () => socket.close(),
  };
}
