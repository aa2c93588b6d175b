// SPDX-License-Identifier: MIT
// The main thread's handle on the prober, on either engine.

import type { EngineName } from '../../socket/datagram-socket.ts';
import type { FleetChanges, FromProber, PortsWanted } from './fleet-messages.ts';

/** The part that both engines share; each adds its sockets. */
export type Changes = Pick<FleetChanges, 'blocks' | 'removed' | 'plans'>;

export interface FleetEngine extends AsyncDisposable {
  readonly engine: EngineName;
  /** A limitation of how it runs that users should know; `null` if there is none. */
  readonly remark: string | null;
  /** @param wanted  ports to open first */
  change(changes: Changes, wanted: readonly PortsWanted[]): void;
  ask(id: number): void;
  /** Stops sending; the message `stopped` follows once everything is reported. */
  stop(): void;
}

export interface FleetEngineOptions {
  readonly cells: Float64Array;
  readonly onMessage: (message: FromProber) => void;
  /** The prober ended without a request. */
  readonly onFailure: (error: Error) => void;
}
