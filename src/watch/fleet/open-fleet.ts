// SPDX-License-Identifier: MIT
// Starts the prober of a watch on the requested engine, or on one that can run here.

import { createError } from '../../errors.ts';
import type { EngineChoice } from '../../socket/datagram-socket.ts';
import { EngineUnavailable } from '../../socket/linux/availability.ts';
import type { FleetEngine, FleetEngineOptions } from './fleet-engine.ts';
import type { Fleet, FleetHandlers } from './fleet.ts';
import type { FromProber } from './fleet-messages.ts';
import { FleetCells } from './shared-counters.ts';
import { WatchFleet } from './watch-fleet.ts';

export interface FleetOptions {
  readonly engine: EngineChoice;
  readonly handlers: FleetHandlers;
}

/**
 * Starts the prober, without targets.
 *
 * @throws SocketError `ECHOGRAM_ERR_ENGINE` if the engine chosen can't run here
 */
export async function openFleet({ engine, handlers }: FleetOptions): Promise<Fleet> {
  const cells = new FleetCells();
  // No message arrives before the fleet has targets.
  const told: { fleet?: WatchFleet } = {};
  const opened = await openEngine(engine, {
    cells: cells.cells,
    onMessage: (message: FromProber) => told.fleet?.take(message),
    onFailure: (error: Error) => told.fleet?.fail(error),
  });
  const fleet = new WatchFleet(opened.engine, cells, handlers, opened.fallbackReason);
  told.fleet = fleet;
  return fleet;
}

interface OpenedEngine {
  readonly engine: FleetEngine;
  /** Why `auto` did not take the Linux engine. */
  readonly fallbackReason: string | null;
}

async function openEngine(
  choice: EngineChoice,
  options: FleetEngineOptions,
): Promise<OpenedEngine> {
  if (choice === 'portable') return { engine: await openPortable(options), fallbackReason: null };
  try {
    const { LinuxFleetEngine } = await import('./linux-fleet-engine.ts');
    return { engine: await LinuxFleetEngine.open(options), fallbackReason: null };
  } catch (error) {
    if (!(error instanceof EngineUnavailable)) throw error;
    const { message: reason } = error;
    if (choice === 'linux') {
      throw createError('ECHOGRAM_ERR_ENGINE', { engine: choice, reason }, error);
    }
    return { engine: await openPortable(options), fallbackReason: reason };
  }
}

async function openPortable(options: FleetEngineOptions): Promise<FleetEngine> {
  const { PortableFleetEngine } = await import('./portable-fleet-engine.ts');
  return await PortableFleetEngine.open(options);
}
