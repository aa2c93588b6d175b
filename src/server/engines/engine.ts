// SPDX-License-Identifier: MIT
// What an engine is asked to do, and what runs once it does.

import type { EngineName, SocketBuffer } from '../../socket/datagram-socket.ts';
import type { SocketAddress } from '../../socket/ip-address.ts';
import type { AdmissionRules } from '../admission.ts';
import type { CounterBlock } from '../counters.ts';
import type { ImpairmentPlan } from '../impairment.ts';
import type { LimitRules } from '../limits.ts';
import type { ServicePlan } from '../service.ts';
import type { EngineListener } from './engine-reports.ts';

/** What an engine has bound. */
export interface BoundTo {
  readonly ports: readonly number[];
  readonly isLoopbackOnly: boolean;
  readonly threads: number;
}

export interface EngineOptions {
  readonly host: string;
  /** Abandons the look-up of the host. */
  readonly signal: AbortSignal | undefined;
  /** At least one. */
  readonly services: readonly ServicePlan[];
  readonly receiveBufferBytes: number;
  /** Broadcast addresses of this host's networks, as 32-bit words. */
  readonly broadcasts: readonly number[];
  /** Threads, each with a socket of its own at every address; the portable engine has one. */
  readonly workers: number;
  readonly mirrorTos: boolean;
  readonly gro: boolean;
  readonly gso: boolean;
  /** The rules of admission, which depend on what was bound. */
  readonly rulesFor: (bound: BoundTo) => AdmissionRules;
  /** What to do to the replies; `null` is nothing. */
  readonly impair: ImpairmentPlan | null;
  /** Samples that may still be taken this second, in shared memory. */
  readonly sampleCredit: Int32Array;
  readonly listener: EngineListener;
}

/** A service of a running engine. */
export interface RunningService {
  readonly plan: ServicePlan;
  /** Where it listens, one entry a socket; all have the same port. */
  readonly addresses: readonly SocketAddress[];
  /** The counters of all threads together, as they are now. */
  block(): CounterBlock;
  /** Datagrams that the kernel dropped for want of room; `null` where nobody can know. */
  kernelDrops(): number | null;
}

/** A running engine: sockets bound, datagrams answered. */
export interface RunningEngine {
  readonly name: EngineName;
  /** In the order of the plans. */
  readonly services: readonly RunningService[];
  readonly receiveBuffer: SocketBuffer;
  readonly sendBuffer: SocketBuffer;
  /** `null` where there are none. */
  readonly limits: LimitRules | null;
  /** What the user should know, in whole sentences. */
  readonly warnings: readonly string[];
  readonly workers: number;
  /** Threads that answer now. */
  readonly workersAlive: number;
  /** How often a thread died. */
  readonly workerDeaths: number;
  /** Sockets whose receive calls fail now, or that are given up for that. */
  readonly failingSockets: number;
  /** Whether it keeps the process running, which it does from its start on. */
  keepRunning(isKept: boolean): void;
  /** Resolves once the counters hold what was answered before the call. */
  counted(): Promise<void>;
  /** Stops answering and resolves when every thread has ended and every socket is closed. */
  close(): Promise<void>;
}
