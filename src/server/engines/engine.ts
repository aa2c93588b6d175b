// SPDX-License-Identifier: MIT
// The options of an engine, and the interface of a running one.

import type { EngineName, SocketBuffer } from '../../socket/datagram-socket.ts';
import type { SocketAddress } from '../../socket/ip-address.ts';
import type { AdmissionRules } from '../admission.ts';
import type { CounterBlock } from '../counters.ts';
import type { ImpairmentPlan } from '../../impairment/impairments.ts';
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
  /** Abandons the host lookup. */
  readonly signal: AbortSignal | undefined;
  /** At least one. */
  readonly services: readonly ServicePlan[];
  readonly receiveBufferBytes: number;
  /** Broadcast addresses of this host's networks, as 32-bit words. */
  readonly broadcasts: readonly number[];
  /** Number of threads, each with its own socket at every address; the portable engine has one thread. */
  readonly workers: number;
  readonly mirrorTos: boolean;
  readonly gro: boolean;
  readonly gso: boolean;
  /** The admission rules, which depend on what was bound. */
  readonly rulesFor: (bound: BoundTo) => AdmissionRules;
  /** The impairment of the replies; `null` for none. */
  readonly impair: ImpairmentPlan | null;
  /** Samples that may still be taken this second, in shared memory. */
  readonly sampleCredit: Int32Array;
  readonly listener: EngineListener;
}

/** A service of a running engine. */
export interface RunningService {
  readonly plan: ServicePlan;
  /** The addresses it listens on, one per socket; all have the same port. */
  readonly addresses: readonly SocketAddress[];
  /** The current counters of all threads together. */
  block(): CounterBlock;
  /** Datagrams that the kernel dropped for lack of room; `null` if unknown. */
  kernelDrops(): number | null;
  /** The system reports datagrams that arrived in fragments. */
  readonly seesFragments: boolean;
}

/** A running engine: its sockets are bound, and datagrams are answered. */
export interface RunningEngine {
  readonly name: EngineName;
  /** In the order of the plans. */
  readonly services: readonly RunningService[];
  readonly receiveBuffer: SocketBuffer;
  readonly sendBuffer: SocketBuffer;
  /** `null` if there are no limits. */
  readonly limits: LimitRules | null;
  /** What the user should know, in whole sentences. */
  readonly warnings: readonly string[];
  readonly workers: number;
  /** Threads that currently answer. */
  readonly workersAlive: number;
  /** How many times a thread died. */
  readonly workerDeaths: number;
  /** Sockets whose receive calls currently fail, or that were given up for that reason. */
  readonly failingSockets: number;
  /** Sets whether the engine keeps the process running; initially it does. */
  keepRunning(isKept: boolean): void;
  /** Resolves once the counters include everything that was answered before the call. */
  counted(): Promise<void>;
  /** Resolves once the loop of every thread has turned after the call: soon if all is well, else not before the close. */
  turned(): Promise<void>;
  /** Stops answering and resolves when every thread has ended and every socket is closed. */
  close(): Promise<void>;
}
