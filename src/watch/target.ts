// SPDX-License-Identifier: MIT
// A target as data: what is probed, how, and under which name it is counted.

import type { ProtocolName } from '../client/protocols/probe-protocol.ts';
import type { SocketAddress } from '../socket/ip-address.ts';
import type { IpVersion } from '../socket/resolve.ts';

/** How a target is probed. Targets share it by name. */
export interface ProbeSettings {
  /** The label `probe` of metrics. */
  readonly name: string;
  readonly protocol: ProtocolName;
  /** Time between two probes of a target, over all its flows: 10 ms or more. */
  readonly intervalMs: number;
  /**
   * A reply within this time is in time, and one within twice this time is late. Without either the probe is lost: its
   * outcome is known at twice the timeout.
   */
  readonly timeoutMs: number;
  readonly payloadBytes: number;
  /** 0 to 63; `undefined` means the system's default. */
  readonly dscp: number | undefined;
  /** Number of source ports that a target's probes use in turn. */
  readonly flows: number;
  /** Authenticates STAMP packets. */
  readonly key: Uint8Array | undefined;
}

export interface WatchTarget {
  /**
   * Identity across reloads: name, probe and IP version. A target that keeps its key keeps its sockets, numbering and
   * counters.
   */
  readonly key: string;
  /** The label `target` of metrics; unique with `probe.name` and `ipVersion`. */
  readonly name: string;
  /** Host name or address. */
  readonly host: string;
  readonly port: number;
  /** `undefined` means the first address, of either version. */
  readonly ipVersion: IpVersion | undefined;
  /** The operator's own labels, such as `site`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly probe: ProbeSettings;
}

/** A target and the current address of its host name. */
export interface FleetMember {
  readonly target: WatchTarget;
  /** `undefined` as long as the name has never been resolved. */
  readonly address: SocketAddress | undefined;
}
