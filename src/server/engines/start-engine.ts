// SPDX-License-Identifier: MIT
// Chooses the engine and says why.

import { createError } from '../../errors.ts';
import type { EngineChoice } from '../../socket/datagram-socket.ts';
import { EngineUnavailable } from '../../socket/linux/availability.ts';
import type { EngineOptions, RunningEngine } from './engine.ts';
import { startLinuxEngine } from './linux-engine.ts';
import { startPortableEngine } from './portable-engine.ts';

export interface StartedEngine {
  readonly engine: RunningEngine;
  /** Why `auto` did not use the Linux engine. */
  readonly fallbackReason?: string;
  /** Requested features that this engine does not have. */
  readonly warnings: readonly string[];
}

/**
 * Starts the chosen engine.
 *
 * @throws SocketError `ECHOGRAM_ERR_ENGINE` if `linux` was chosen and can't run here
 * @throws SocketError `ECHOGRAM_ERR_BIND` and what resolving the host throws
 */
export async function startEngine(
  choice: EngineChoice,
  options: EngineOptions,
): Promise<StartedEngine> {
  if (choice === 'portable') return await portable(options);
  try {
    return { engine: await startLinuxEngine(options), warnings: [] };
  } catch (error) {
    if (!(error instanceof EngineUnavailable)) throw error;
    if (choice === 'auto') return await portable(options, error.message);
    throw createError('ECHOGRAM_ERR_ENGINE', { engine: choice, reason: error.message }, error);
  }
}

async function portable(options: EngineOptions, fallbackReason?: string): Promise<StartedEngine> {
  const engine = await startPortableEngine(options);
  const warnings: string[] = [];
  if (options.workers > 1) {
    warnings.push(
      `${options.workers} workers were requested, but the portable engine runs only one`,
    );
  }
  if (options.mirrorTos) {
    warnings.push(
      'DSCP and ECN are not mirrored: the portable engine can neither read nor set them',
    );
  }
  return { engine, warnings, ...(fallbackReason === undefined ? {} : { fallbackReason }) };
}
