// SPDX-License-Identifier: MIT
// Opens the sockets of a probe hub on the Linux engine in the main thread, which owns them even if the thread that uses
// them dies, and makes the hub over them in that thread.

import { RECEIVE_BUFFER_BYTES } from '../datagram-socket.ts';
import type { IpVersion } from '../resolve.ts';
import { EngineUnavailable, requireLibc } from './availability.ts';
import { loadLibc, type Libc } from './libc.ts';
import { LinuxProbeHub, type LinuxProbeHubOptions } from './linux-probe-hub.ts';
import { openProbeSocket, type OpenProbeSocket } from './open-probe-socket.ts';
import { StopSwitch } from './stop-switch.ts';

export type { LinuxProbeHub } from './linux-probe-hub.ts';
export type { OpenProbeSocket } from './open-probe-socket.ts';

/** The sockets of a hub, and the switch that wakes and stops the thread that uses them. */
export class HubSockets implements Disposable {
  readonly stop: StopSwitch;
  readonly #libc: Libc;
  readonly #fds: number[] = [];

  /** @throws EngineUnavailable if this machine can't run it */
  static async open(): Promise<HubSockets> {
    return new HubSockets(await requireLibc());
  }

  private constructor(libc: Libc) {
    this.#libc = libc;
    try {
      this.stop = new StopSwitch(libc);
    } catch (error) {
      throw new EngineUnavailable(`it can't stop its thread (${String(error)})`, { cause: error });
    }
  }

  /**
   * Opens further sockets, for the hub's `addSockets`.
   *
   * @throws the system's error in Node's shape, such as EAFNOSUPPORT or EMFILE
   */
  openPorts(ipVersion: IpVersion, ports: number): readonly OpenProbeSocket[] {
    const sockets: OpenProbeSocket[] = [];
    const options = {
      ipVersion,
      peer: undefined,
      ports,
      payloadBytes: 0,
      receiveBufferBytes: RECEIVE_BUFFER_BYTES,
      ttl: undefined,
      allowBroadcast: false,
    };
    try {
      while (sockets.length < ports) sockets.push(openProbeSocket(this.#libc, options));
    } catch (error) {
      for (const { fd } of sockets) this.#libc.close(fd);
      throw error;
    }
    this.#fds.push(...sockets.map(({ fd }) => fd));
    return sockets;
  }

  /** Call it once no thread uses the sockets any more. */
  [Symbol.dispose](): void {
    this.stop.release();
    for (const fd of this.#fds) this.#libc.close(fd);
  }
}

/** Makes the hub in the thread that uses it. */
export async function makeLinuxHub(options: LinuxProbeHubOptions): Promise<LinuxProbeHub> {
  return new LinuxProbeHub(await loadLibc(), options);
}
