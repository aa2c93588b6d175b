// SPDX-License-Identifier: MIT
// What an engine is asked to do, and what runs once it does.

import type { EngineName, ReceiveBuffer } from '../../socket/datagram-socket.ts';
import type { SocketAddress } from '../../socket/ip-address.ts';
import type { AdmissionRules } from '../admission.ts';
import type { ServerCounters } from '../counters.ts';
import type { DatagramSample } from '../sampler.ts';

export interface EngineOptions {
  readonly host: string;
  readonly port: number;
  readonly receiveBufferBytes: number;
  /** Threads, each with a socket of its own at every address; the portable engine has one. */
  readonly workers: number;
  readonly mirrorTos: boolean;
  readonly gro: boolean;
  readonly gso: boolean;
  /** Rules for a server on these ports; what an engine binds decides which they are. */
  readonly rulesFor: (ownPorts: readonly number[]) => AdmissionRules;
  /** Samples that may still be taken this second, in shared memory. */
  readonly sampleCredit: Int32Array;
  readonly onSample: (sample: DatagramSample) => void;
  /** Told what the user should know, in a whole sentence. */
  readonly onNotice: (notice: string) => void;
}

/** A running engine: sockets bound, datagrams answered. */
export interface RunningEngine {
  readonly name: EngineName;
  readonly addresses: readonly SocketAddress[];
  readonly receiveBuffer: ReceiveBuffer;
  readonly workers: number;
  /** Threads that answer now. */
  readonly workersAlive: number;
  counters(): ServerCounters;
  /** Datagrams that went to `onSample`. */
  sampled(): number;
  /** Stops answering and resolves when every thread has ended and every socket is closed. */
  close(): Promise<void>;
}
