// SPDX-License-Identifier: MIT
// The interface of an engine that runs a session, with sockets, clocks and a loop.

import { createError } from '../../errors.ts';
import type { EngineName } from '../../socket/datagram-socket.ts';
import type { ProbeChannelOptions } from '../../socket/probe-channel.ts';
import type { InterimResult } from '../session/interim-result.ts';
import type { RecordListener } from '../session/probe-record.ts';
import type { SessionSummary } from '../session/session.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import type { SessionResult } from '../session/session-result.ts';

export interface ProbeEngineOptions {
  readonly plan: SessionPlan;
  /** The plan has the rest of what the channel needs. */
  readonly channel: Omit<ProbeChannelOptions, 'ports' | 'payloadBytes'>;
  /** Without a listener no record is made. */
  readonly onRecord: RecordListener | undefined;
}

/** The findings of a run, without what its caller knows anyway. */
export interface RunOutcome {
  readonly durationNs: number;
  readonly statistics: SessionSummary;
  readonly stamps: Pick<SessionResult['timestamps'], 'send' | 'receive'>;
  /** Datagrams that the sockets dropped for lack of room or because of a wrong checksum; `null` if unknown. */
  readonly kernelDrops: number | null;
  /** See `SessionResult`. */
  readonly elsewhere: SessionResult['elsewhere'];
  /** See `SessionResult`. */
  readonly addressChanges: SessionResult['addressChanges'];
  readonly runtime: SessionResult['runtime'];
}

/** Open sockets, ready to run, again and again. */
export interface ProbeEngine extends AsyncDisposable {
  readonly engine: EngineName;
  /** The source ports, in the order of the streams. */
  readonly localPorts: readonly number[];
  /**
   * Resolves when every probe has been sent and answered, or given up.
   *
   * @param plan  for a further run, one at a time: with as many streams, and probes of that length, as the first
   */
  run(plan?: SessionPlan): Promise<RunOutcome>;
  /** The interim result; `null` before the run and after it. */
  interim(): Promise<InterimResult | null>;
  /** Stops sending; outstanding replies are waited for. */
  stop(): void;
  /** Stops sending and waiting: `run` resolves as soon as it can. */
  end(): void;
}

/** What a run of the Linux engine rejects with, if this ended it: a system failure has a code of our own. */
export function asEngineFailure(error: NodeJS.ErrnoException): Error {
  if (error.syscall === undefined) return error;
  const reason = `a system call failed during the measurement (${error.message})`;
  return createError('ECHOGRAM_ERR_ENGINE', { engine: 'linux', reason }, error);
}

/** The options of an engine's channel. */
export function channelOptions({ plan, channel }: ProbeEngineOptions): ProbeChannelOptions {
  return { ...channel, ports: plan.streams, payloadBytes: plan.payloadBytes };
}
