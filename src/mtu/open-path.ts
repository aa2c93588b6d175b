// SPDX-License-Identifier: MIT
// Opens the channel of a search on the chosen engine.

import { createError } from '../errors.ts';
import type { EngineChoice, EngineName } from '../socket/datagram-socket.ts';
import { EngineUnavailable } from '../socket/linux/availability.ts';
import type { Fragmentation, ProbeChannel, ProbeChannelOptions } from '../socket/probe-channel.ts';

export interface MtuPath extends AsyncDisposable {
  readonly engine: EngineName;
  /** Why `auto` did not use the Linux engine; `null` if it did, or was not chosen. */
  readonly engineReason: string | null;
  readonly channel: ProbeChannel;
  /** Sets who may fragment what is sent from now on; the portable engine leaves that to the system. */
  readonly sendAs: (fragmentation: Fragmentation) => void;
}

/**
 * @throws SocketError `ECHOGRAM_ERR_ENGINE` if the chosen engine can't run here
 * @throws the system's error in Node's shape if no socket can be opened or connected
 */
export async function openPath(
  choice: EngineChoice,
  options: ProbeChannelOptions,
): Promise<MtuPath> {
  if (choice === 'portable') return await openPortable(options, null);
  try {
    return await openLinux(options);
  } catch (error) {
    if (!(error instanceof EngineUnavailable)) throw error;
    const { message: reason } = error;
    if (choice === 'auto') return await openPortable(options, reason);
    throw createError('ECHOGRAM_ERR_ENGINE', { engine: choice, reason }, error);
  }
}

async function openLinux(options: ProbeChannelOptions): Promise<MtuPath> {
  const { linuxProbeChannels, ProbeSockets } =
    await import('../socket/linux/open-probe-channel.ts');
  const sockets = await ProbeSockets.open({ ...options, findsPathMtu: true });
  const openChannel = await linuxProbeChannels();
  const channel = openChannel(sockets.data);
  return {
    engine: 'linux',
    engineReason: null,
    channel,
    sendAs: (fragmentation) => {
      channel.sendAs(fragmentation);
    },
    [Symbol.asyncDispose]: () => {
      sockets[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}

async function openPortable(
  options: ProbeChannelOptions,
  engineReason: string | null,
): Promise<MtuPath> {
  const { PortableProbeChannel } = await import('../socket/portable/portable-probe-channel.ts');
  const channel = await PortableProbeChannel.open(options);
  return {
    engine: 'portable',
    engineReason,
    channel,
    sendAs: () => undefined,
    [Symbol.asyncDispose]: () => channel[Symbol.asyncDispose](),
  };
}
