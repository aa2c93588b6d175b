// SPDX-License-Identifier: MIT
// Opens the sockets of a probe channel on the Linux engine, in the main thread, which can then read their drops even if
// the thread that uses them dies. Also opens the channel in that thread, and a channel that answers itself.

import { sumOfDrops } from '../drop-causes.ts';
import { RECEIVE_BUFFER_BYTES } from '../datagram-socket.ts';
import type { ProbeChannelOptions } from '../probe-channel.ts';
import { EngineUnavailable, requireLibc } from './availability.ts';
import { readKernelDrops } from './bind.ts';
import { loadLibc, type Libc } from './libc.ts';
import { LinuxProbeChannel, type ProbeSocketsData, type Waiting } from './linux-probe-channel.ts';
import { openEchoingSocket, openProbeSocket, type OpenProbeSocket } from './open-probe-socket.ts';
import { StopSwitch } from './stop-switch.ts';
import { openStrayListener } from './stray-listener.ts';

export type { LinuxProbeChannel, ProbeSocketsData } from './linux-probe-channel.ts';

/**
 * Each listener costs a descriptor. A server that answers from elsewhere does so to every port, so a few are enough.
 */
const MOST_LISTENERS = 128;

/** The sockets of a channel, and the switch that stops the thread that uses them. */
export class ProbeSockets implements Disposable {
  readonly localPorts: readonly number[];
  /** What the thread opens its channel with. */
  readonly data: ProbeSocketsData;
  readonly stop: StopSwitch;
  readonly #libc: Libc;
  /** Drops that `takeDrops` has returned. */
  #takenDrops = 0;

  /**
   * @throws EngineUnavailable if this machine can't run it
   * @throws the system's error in Node's shape if no socket can be opened or connected
   */
  static async open(options: ProbeChannelOptions): Promise<ProbeSockets> {
    const libc = await requireLibc();
    const sockets: OpenProbeSocket[] = [];
    try {
      for (let port = 0; port < options.ports; port++) {
        sockets.push(openProbeSocket(libc, options));
      }
      return new ProbeSockets(libc, sockets, makeStopSwitch(libc), options);
    } catch (error) {
      for (const { fd } of sockets) libc.close(fd);
      throw error;
    }
  }

  private constructor(
    libc: Libc,
    sockets: readonly OpenProbeSocket[],
    stop: StopSwitch,
    options: ProbeChannelOptions,
  ) {
    this.#libc = libc;
    this.stop = stop;
    this.localPorts = sockets.map(({ localPort }) => localPort);
    const listeners = openListeners(libc, sockets);
    const { peer, payloadBytes } = options;
    this.data = { sockets, listeners, peer, payloadBytes, options, wakeFd: stop.fd };
  }

  /**
   * Datagrams that the sockets dropped since the last call; `null` if the system does not report it for one of them.
   *
   * @param replaced  drops of sockets that were replaced
   */
  takeDrops(replaced: number): number | null {
    const drops = sumOfDrops(this.data.sockets.map(({ fd }) => readKernelDrops(this.#libc, fd)));
    if (drops === null) return null;
    const newDrops = drops + replaced - this.#takenDrops;
    this.#takenDrops += newDrops;
    return newDrops;
  }

  /** Call it once no thread uses the sockets any more. */
  [Symbol.dispose](): void {
    this.stop.release();
    for (const { fd } of this.data.sockets) this.#libc.close(fd);
    for (const fd of this.data.listeners) this.#libc.close(fd);
  }
}

/** Opens one beside each of the first sockets, as far as the system permits. */
function openListeners(libc: Libc, sockets: readonly OpenProbeSocket[]): readonly number[] {
  const listeners: number[] = [];
  for (const socket of sockets.slice(0, MOST_LISTENERS)) {
    const listener = socket.isConnected ? openStrayListener(libc, socket) : undefined;
    if (listener === undefined) break;
    listeners.push(listener);
  }
  return listeners;
}

/** @returns a function that opens the channel over open sockets, for the thread that uses it */
export async function linuxProbeChannels(): Promise<
  (data: ProbeSocketsData, waiting?: Waiting) => LinuxProbeChannel
> {
  const libc = await loadLibc();
  return (data, waiting) => new LinuxProbeChannel(libc, data, waiting);
}

/** As `ProbeSocketsData`, and whether the kernel should timestamp what is sent and received. */
export interface EchoingChannelOptions extends Pick<ProbeSocketsData, 'payloadBytes' | 'wakeFd'> {
  readonly isStamped: boolean;
}

/** A channel that is its own peer. */
export interface EchoingChannel extends Disposable {
  readonly channel: LinuxProbeChannel;
}

/**
 * Opens a channel on loopback whose probes come back at once.
 *
 * @returns `undefined` on a host without a loopback interface
 */
export async function openEchoingChannel({
  payloadBytes,
  wakeFd,
  isStamped,
}: EchoingChannelOptions): Promise<EchoingChannel | undefined> {
  const libc = await loadLibc();
  const socket = tryOpenEchoing(libc, isStamped);
  if (socket === undefined) return undefined;
  return {
    channel: new LinuxProbeChannel(libc, {
      sockets: [socket],
      listeners: [],
      peer: undefined,
      payloadBytes,
      options: undefined,
      wakeFd,
    }),
    [Symbol.dispose]: () => libc.close(socket.fd),
  };
}

function tryOpenEchoing(libc: Libc, isStamped: boolean): OpenProbeSocket | undefined {
  try {
    return openEchoingSocket(libc, RECEIVE_BUFFER_BYTES, isStamped);
  } catch {
    return undefined;
  }
}

function makeStopSwitch(libc: Libc): StopSwitch {
  try {
    return new StopSwitch(libc);
  } catch (error) {
    throw new EngineUnavailable(`it can't stop its thread (${String(error)})`, { cause: error });
  }
}
