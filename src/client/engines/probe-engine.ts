// SPDX-License-Identifier: MIT
// What runs a session: sockets, clocks and a loop, of whichever engine.

import type { EngineName } from '../../socket/datagram-socket.ts';
import type { ProbeChannelOptions } from '../../socket/probe-channel.ts';
import type { InterimResult } from '../session/interim-result.ts';
import type { RecordListener } from '../session/probe-record.ts';
import type { SessionSummary } from '../session/session.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import type { SessionResult } from '../session/session-result.ts';

export interface ProbeEngineOptions {
  readonly plan: SessionPlan;
  /** The rest of what the channel needs is the plan's. */
  readonly channel: Omit<ProbeChannelOptions, 'ports' | 'payloadBytes'>;
  /** Without a listener no record is made. */
  readonly onRecord: RecordListener | undefined;
}

/** What a run found, less what its caller knows anyway. */
export interface RunOutcome {
  readonly durationNs: number;
  readonly statistics: SessionSummary;
  readonly stamps: Pick<SessionResult['timestamps'], 'send' | 'receive'>;
  /** Datagrams that the sockets dropped, for want of room or a wrong checksum; `null` where nobody can know. */
  readonly kernelDrops: number | null;
  /** See `SessionResult`. */
  readonly elsewhere: SessionResult['elsewhere'];
  /** See `SessionResult`. */
  readonly addressChanges: SessionResult['addressChanges'];
  readonly runtime: SessionResult['runtime'];
}

/** Open sockets, ready to run once. */
export interface ProbeEngine extends AsyncDisposable {
  readonly engine: EngineName;
  /** The source ports, in the order of the streams. */
  readonly localPorts: readonly number[];
  /** Resolves when every probe has been sent and answered, or given up. */
  run(): Promise<RunOutcome>;
  /** What is known so far; `null` where it does not run yet, or no more. */
  interim(): Promise<InterimResult | null>;
  /** Sends no more; what is on its way is waited for. */
  stop(): void;
  /** Sends no more and waits for nothing: `run` resolves as soon as it can. */
  end(): void;
}

/** What an engine's channel is asked to open. */
export function channelOptions({ plan, channel }: ProbeEngineOptions): ProbeChannelOptions {
  return { ...channel, ports: plan.streams, payloadBytes: plan.payloadBytes };
}
