// SPDX-License-Identifier: MIT
// Runs the loop of a measurement for a moment before it begins, over a channel that answers itself. Code
// that runs for the first time is interpreted, then compiled, and what it reads is not in any cache: at a
// high rate that made the first tenth of a second of each measurement one of this program.

import { openEchoingChannel } from '../../socket/linux/open-probe-channel.ts';
import { Session } from '../session/session.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import { ProbeLoop } from './probe-loop.ts';
import { messageCount, RecordPacker } from './record-packer.ts';

/** Slower measurements are not rehearsed: at their rate nobody would see it, and a short one would wait. */
const LONGEST_INTERVAL_NS = 20e6;

/** Enough for the compiler to have been through the loop, also as far as only many probes at once take it. */
const DURATION_NS = 100e6;
const LONGEST_REHEARSED_INTERVAL_NS = 50_000;
const TIMEOUT_NS = 20e6;

/**
 * @param plan         what is to be measured
 * @param wakeFd       polled as in the measurement, and not obeyed
 * @param hasListener  whether records are made
 */
export async function rehearse(
  plan: SessionPlan,
  wakeFd: number,
  hasListener: boolean,
): Promise<void> {
  if (plan.intervalNs > LONGEST_INTERVAL_NS) return;
  const { payloadBytes } = plan;
  using echoing = await openEchoingChannel({ payloadBytes, wakeFd });
  if (echoing === undefined) return;
  const packer = hasListener ? new RecordPacker(messageCount(), () => undefined) : undefined;
  const brief: SessionPlan = {
    ...plan,
    intervalNs: Math.min(plan.intervalNs, LONGEST_REHEARSED_INTERVAL_NS),
    count: Infinity,
    durationNs: DURATION_NS,
    timeoutNs: TIMEOUT_NS,
    streams: 1,
  };
  const session = new Session(brief, packer?.pack);
  const loop = new ProbeLoop({
    channel: echoing.channel,
    session,
    payloadBytes,
    wish: new Int32Array(1),
    onTurn: (lateNs, nowNs) => {
      session.stalled(lateNs, nowNs);
    },
    onPause: () => packer?.flush(),
  });
  await loop.run();
}
