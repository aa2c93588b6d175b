// SPDX-License-Identifier: MIT
// Chooses the engine of a measurement and says why.

import { createError } from '../../errors.ts';
import type { EngineChoice } from '../../socket/datagram-socket.ts';
import { EngineUnavailable } from '../../socket/linux/availability.ts';
import type { ProbeEngine, ProbeEngineOptions } from './probe-engine.ts';

export interface OpenedProbeEngine {
  readonly probeEngine: ProbeEngine;
  /** Why `auto` did not use the Linux engine. */
  readonly fallbackReason?: string;
}

/**
 * Opens the sockets of a measurement.
 *
 * @throws SocketError `ECHOGRAM_ERR_ENGINE` if the chosen engine can't run here
 * @throws SocketError `ECHOGRAM_ERR_NEEDS_LINUX` if an option needs the Linux engine and the portable one is used
 * @throws the system's error in Node's shape if no socket can be opened or connected
 */
export async function openProbeEngine(
  choice: EngineChoice,
  options: ProbeEngineOptions,
): Promise<OpenedProbeEngine> {
  if (choice === 'portable') return { probeEngine: await openPortable(options) };
  try {
    return { probeEngine: await openLinux(options) };
  } catch (error) {
    if (!(error instanceof EngineUnavailable)) throw error;
    const { message: reason } = error;
    if (choice === 'linux') {
      throw createError('ECHOGRAM_ERR_ENGINE', { engine: choice, reason }, error);
    }
    return { probeEngine: await openPortable(options, reason), fallbackReason: reason };
  }
}

/**
 * Each engine is loaded only if it is wanted. The two that run in the calling thread bring the session with them, which
 * otherwise runs in a worker.
 */
async function openLinux(options: ProbeEngineOptions): Promise<ProbeEngine> {
  if (options.plan.count === 1) {
    const { InlineLinuxEngine } = await import('./inline-linux-engine.ts');
    if (InlineLinuxEngine.isFree) return await InlineLinuxEngine.open(options);
  }
  const { LinuxProbeEngine } = await import('./linux-probe-engine.ts');
  return await LinuxProbeEngine.open(options);
}

async function openPortable(options: ProbeEngineOptions, reason?: string): Promise<ProbeEngine> {
  // Measuring another traffic class than the requested one, or fragments, would give wrong results.
  const { peer, dontFragment } = options.channel;
  const needed = peer?.dscp !== undefined ? 'dscp' : dontFragment && 'dontFragment';
  if (needed !== undefined) {
    throw createError('ECHOGRAM_ERR_NEEDS_LINUX', {
      option: needed,
      reason: reason ?? 'the portable engine was chosen',
    });
  }
  const { PortableProbeEngine } = await import('./portable-probe-engine.ts');
  return await PortableProbeEngine.open(options);
}
