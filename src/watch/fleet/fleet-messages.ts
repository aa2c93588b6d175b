// SPDX-License-Identifier: MIT
// The messages between the main thread and the prober's.

import type { OpenProbeSocket } from '../../socket/linux/open-probe-hub.ts';
import type { SocketAddress } from '../../socket/ip-address.ts';
import type { IpVersion } from '../../socket/resolve.ts';
import type { ProbeSettings } from '../target.ts';
import type { WatchEvent } from '../watch-event.ts';
import type { PackedColumns } from './column-packer.ts';

/** One target as the prober knows it, by its row of counters. */
export interface TargetPlan {
  readonly row: number;
  /** Where in each interval it is probed, from 0 to 1. */
  readonly phase: number;
  readonly settings: ProbeSettings;
  /** `undefined` until its name is resolved for the first time. */
  readonly address: SocketAddress | undefined;
}

/** Number of local ports that are needed. */
export interface PortsWanted {
  readonly ipVersion: IpVersion;
  readonly ports: number;
}

/** Sockets that the main thread opened. */
export interface NewSockets {
  readonly ipVersion: IpVersion;
  readonly sockets: readonly OpenProbeSocket[];
}

/** Changes of the targets to probe. */
export interface FleetChanges {
  readonly type: 'change';
  /** Memory for further rows. */
  readonly blocks: readonly Float64Array[];
  readonly removed: readonly number[];
  /** New targets, and those with another address or other settings. */
  readonly plans: readonly TargetPlan[];
  /** On the Linux engine: sockets that the main thread opened. */
  readonly sockets: readonly NewSockets[];
  /** On the portable engine: ports that the prober opens itself. */
  readonly wanted: readonly PortsWanted[];
}

/** Requests the columns that are not final. */
export interface OpenColumnsQuestion {
  readonly type: 'ask';
  readonly id: number;
}

export type ToProber = FleetChanges | OpenColumnsQuestion;

export type FromProber =
  | { readonly type: 'ready' }
  | { readonly type: 'columns'; readonly columns: PackedColumns }
  | { readonly type: 'answer'; readonly id: number; readonly columns: PackedColumns }
  | { readonly type: 'event'; readonly event: WatchEvent }
  /** Rows that the prober no longer writes, after the last columns of their targets. */
  | { readonly type: 'freed'; readonly rows: readonly number[] }
  /** After a stop: everything is reported. */
  | { readonly type: 'stopped' };

/** Data of the prober's thread on both engines. */
export interface ProberData {
  /** One shared cell with the requested value of `STOP`. */
  readonly wish: Int32Array;
  /** Cells of the fleet as a whole. */
  readonly cells: Float64Array;
}
