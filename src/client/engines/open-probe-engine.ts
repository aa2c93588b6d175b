// SPDX-License-Identifier: MIT
// Chooses the engine of a measurement and says why.

import { createError } from '../../errors.ts';
import type { EngineChoice } from '../../socket/datagram-socket.ts';
import { EngineUnavailable } from '../../socket/linux/availability.ts';
import type { ProbeEngine, ProbeEngineOptions } from './probe-engine.ts';

export interface OpenedProbeEngine {
  readonly probeEngine: ProbeEngine;
  /** Why `auto` did not take the Linux engine. */
  readonly fallbackReason?: string;
}

/**
 * Opens the sockets of a measurement.
 *
 * @throws SocketError `ECHOGRAM_ERR_ENGINE` where the engine chosen can't run here
 * @throws SocketError `ECHOGRAM_ERR_NEEDS_LINUX` where the engine taken can't do what is asked of it
 * @throws the system's error in Node's shape where no socket can be opened or connected
 */
export async function openProbeEngine(
  choice: EngineChoice,
  options: ProbeEngineOptions,
): Promise<OpenedProbeEngine> {
  if (choice === 'portable') return { probeEngine: await openPortable(options) };
  try {
    // Each only where it is wanted: the session that the portable one brings is a worker's on the other.
    const { LinuxProbeEngine } = await import('./linux-probe-engine.ts');
    return { probeEngine: await LinuxProbeEngine.open(options) };
  } catch (error) {
    if (!(error instanceof EngineUnavailable)) throw error;
    const { message: reason } = error;
    if (choice === 'linux') {
      throw createError('ECHOGRAM_ERR_ENGINE', { engine: choice, reason }, error);
    }
    return { probeEngine: await openPortable(options, reason), fallbackReason: reason };
  }
}

async function openPortable(options: ProbeEngineOptions, reason?: string): Promise<ProbeEngine> {
  // A measurement of another class than the one asked for would be a wrong one.
  if (options.channel.peer?.dscp !== undefined) {
    throw createError('ECHOGRAM_ERR_NEEDS_LINUX', {
      option: 'dscp',
      reason: reason ?? 'the portable engine was chosen',
    });
  }
  const { PortableProbeEngine } = await import('./portable-probe-engine.ts');
  return await PortableProbeEngine.open(options);
}
