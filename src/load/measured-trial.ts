// SPDX-License-Identifier: MIT
// What the session of a trial measured, as a trial.

import type { RunOutcome } from '../client/engines/probe-engine.ts';
import type { HostDrops } from '../client/session/session-result.ts';
import type { TrialLost } from './load-result.ts';
import { slotsOf, type MeasuredTrial, type TrialSpec } from './trial.ts';

/** What a session does not know of its trial. */
interface Around {
  readonly atNs: number;
  readonly drops: HostDrops;
  readonly cutBy: MeasuredTrial['cutBy'];
}

export function measuredTrial(
  spec: TrialSpec,
  { statistics }: Pick<RunOutcome, 'statistics'>,
  { atNs, drops, cutBy }: Around,
): MeasuredTrial {
  const { datagrams, schedule, rttNs, trial } = statistics;
  const { received, late } = datagrams;
  // Dropped by this host's own queue without a word: they never left.
  const unsent = Math.min(datagrams.lost, drops.sendQueue ?? 0);
  const sent = datagrams.sent - unsent;
  const isWhole = cutBy === null;
  const durationNs = isWhole ? spec.durationNs : (schedule.intended * 1e9) / spec.pps;
  const slots = isWhole ? slotsOf(spec) : Math.max(1, schedule.intended);
  const { lastArrivalNs, growthNs, arrivalPps } = trial!;
  return {
    atNs,
    durationNs,
    intendedPps: spec.pps,
    offeredPps: (spec.pps * sent) / slots,
    sent,
    skipped: schedule.skipped,
    sendFailed: datagrams.sendFailed + unsent,
    received,
    goodputPps: durationNs === 0 ? 0 : (received * 1e9) / durationNs,
    arrivalPps,
    lost: lostOf(statistics, datagrams.lost - unsent, drops),
    late,
    rttNs,
    responseNs: schedule.responseNs,
    growthNs,
    drainNs: lastArrivalNs === null ? null : Math.max(0, Math.round(lastArrivalNs - durationNs)),
    cutBy,
  };
}

function lostOf(
  { forward, backward, reflector }: RunOutcome['statistics'],
  lost: number,
  { receiveBuffer, bufferOrChecksum }: HostDrops,
): TrialLost {
  const dropped = receiveBuffer ?? bufferOrChecksum;
  const ofHost = dropped === null ? null : Math.min(lost, dropped);
  return {
    path: lost - (ofHost ?? 0),
    receiveBuffer: ofHost,
    forward: forward?.lost ?? null,
    backward: backward?.lost ?? null,
    server: reflector?.unanswered ?? null,
  };
}
