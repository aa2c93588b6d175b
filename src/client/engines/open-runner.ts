// SPDX-License-Identifier: MIT
// Chooses the engine of a measurement and says why.

import { createError } from '../../errors.ts';
import type { EngineChoice } from '../../socket/datagram-socket.ts';
import { EngineUnavailable } from '../../socket/linux/availability.ts';
import type { Runner, RunnerOptions } from './runner.ts';

export interface OpenedRunner {
  readonly runner: Runner;
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
export async function openRunner(
  choice: EngineChoice,
  options: RunnerOptions,
): Promise<OpenedRunner> {
  if (choice === 'portable') return { runner: await openPortable(options) };
  try {
    // Each only where it is wanted: the session that the portable one brings is a worker's on the other.
    const { LinuxRunner } = await import('./linux-runner.ts');
    return { runner: await LinuxRunner.open(options) };
  } catch (error) {
    if (!(error instanceof EngineUnavailable)) throw error;
    const { message: reason } = error;
    if (choice === 'linux') {
      throw createError('ECHOGRAM_ERR_ENGINE', { engine: choice, reason }, error);
    }
    return { runner: await openPortable(options, reason), fallbackReason: reason };
  }
}

async function openPortable(options: RunnerOptions, reason?: string): Promise<Runner> {
  // A measurement of another class than the one asked for would be a wrong one.
  if (options.channel.peer?.dscp !== undefined) {
    throw createError('ECHOGRAM_ERR_NEEDS_LINUX', {
      option: 'dscp',
      reason: reason ?? 'the portable engine was chosen',
    });
  }
  const { PortableRunner } = await import('./portable-runner.ts');
  return await PortableRunner.open(options);
}
