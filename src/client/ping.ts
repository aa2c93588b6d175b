// SPDX-License-Identifier: MIT
// Public: measures the path to an echo server.

import { PING_OPTIONS } from '../options/ping.ts';
import { settingsOf } from '../options/settings.ts';
import type { EngineName } from '../socket/datagram-socket.ts';
import { countOf } from '../quantities.ts';
import { countedBetween, readUdpCounters } from '../socket/udp-counters.ts';
import { NODE_VERSION, PLATFORM, VERSION } from '../version.ts';
import { choosePeer, type ChosenPeer } from './choose-peer.ts';
import { hostDropsOf } from './host/host-drops.ts';
import { locate, openMeasurement, type Located } from './open-measurement.ts';
import {
  parsePingOptions,
  requireFits,
  requireModesty,
  type ParsedOptions,
  type PingOptions,
} from './ping-options.ts';
import { makeNonce } from './nonce.ts';
import { PingRun, type Measure } from './ping-run.ts';
import type { RunOutcome, ProbeEngineOptions } from './engines/probe-engine.ts';
import type { SessionPlan } from './session/session-plan.ts';
import {
  RESULT_SCHEMA,
  type Measured,
  type SessionResult,
  type SessionStart,
} from './session/session-result.ts';
import { onAbort, stopOf } from './stop.ts';
import { checkThresholds, p99LimitsNs } from './thresholds.ts';
import { sendFailureText } from './verdict/unsent.ts';
import { judge } from './verdict/verdict.ts';

/**
 * Sends numbered probes on a schedule and reports what came back, how fast, and what was lost where.
 *
 * ```ts
 * const { datagrams, rttNs } = await ping({ host: '192.0.2.7', count: 10 });
 *
 * const run = ping({ host: '192.0.2.7', count: 10 });
 * run.on('start', ({ address }) => console.log(address));
 * for await (const record of run) console.log(record.type, record.atNs);
 * const result = await run;
 * ```
 *
 * It resolves with exact counts even if no probe is answered: a blackout is a result too. An abort before the
 * address is chosen rejects immediately with the signal's reason. A later abort resolves with a result, which may
 * have no probes.
 *
 * @throws OptionError for an invalid option
 * @throws SocketError if the host does not resolve, no socket can be opened, or the engine can't run
 */
export function ping(options: PingOptions): PingRun {
  return PingRun.begin((run) => start(options, run));
}

async function start(
  options: PingOptions,
  { signal: readerStop, listener, ...tell }: Parameters<Measure>[0],
): Promise<SessionResult> {
  const { signal: userStop, ...given } = parsePingOptions(options);
  const supplied = suppliedOf(options);
  const signal = userStop === undefined ? readerStop : AbortSignal.any([userStop, readerStop]);
  const parsed = { ...given, signal };
  const { local, peers } = await locate(parsed);
  for (const peer of peers) requireModesty(parsed, peer);
  const chosen = await choosePeer(peers, { ...parsed, local });
  requireFits(parsed, chosen.peer);
  return await measure({ ...parsed, local }, supplied, chosen, { onRecord: listener(), ...tell });
}

async function measure(
  options: Located,
  supplied: SessionResult['supplied'],
  { peer, tried }: ChosenPeer,
  {
    onRecord,
    started,
    answering,
  }: Pick<ProbeEngineOptions, 'onRecord'> & Pick<Parameters<Measure>[0], 'started' | 'answering'>,
): Promise<SessionResult> {
  const plan = planFor(options);
  const { probeEngine, fallbackReason = null } = await openMeasurement(options, {
    plan,
    peer,
    onRecord,
  });
  await using running = probeEngine;
  const { engine, localPorts: sourcePorts } = running;
  const { host, port, protocol } = options;
  const target = { host, address: peer.address, port, protocol, tried };
  const start = startOf(options, supplied, target, engine);
  const engineReason = fallbackReason;
  started({ ...start.target, sourcePorts, engine, engineReason }, start);
  const { signal, endSignal } = options;
  using _stopping = onAbort(signal, () => {
    running.stop();
  });
  using _ending = onAbort(endSignal, () => {
    running.end();
  });
  const countersBefore = readUdpCounters(peer.ipVersion);
  using _answering = answering(() => running.interim());
  const outcome = await running.run();
  const counted = countedBetween(countersBefore, readUdpCounters(peer.ipVersion));
  const hostDrops = hostDropsOf(outcome.kernelDrops, counted, engine === 'linux');
  const noPorts = counted?.noPorts ?? null;
  const measured = { ...start, ...measuredOf(options, outcome), hostDrops, noPorts };
  return judged(options, measured, outcome.statistics.rttsAbove);
}

type Rest = Omit<Measured, keyof SessionStart | 'hostDrops' | 'noPorts'>;

function measuredOf(options: ParsedOptions, outcome: RunOutcome): Rest {
  const { userToKernelNs, rttsAbove: _, isCutShort, leftOut, ...statistics } = outcome.statistics;
  return {
    durationNs: outcome.durationNs,
    endedBy: {
      ...endOf(options, statistics, isCutShort, leftOut),
      ...(leftOut > 0 ? { leftOut } : {}),
    },
    ...statistics,
    // The plan has a picture.
    echogram: statistics.echogram!,
    timestamps: { ...outcome.stamps, userToKernelNs },
    elsewhere: outcome.elsewhere,
    addressChanges: outcome.addressChanges,
    runtime: outcome.runtime,
  };
}

function judged(
  options: ParsedOptions,
  measured: Measured,
  rttsAbove: readonly number[],
): SessionResult {
  const thresholds = checkThresholds(options, measured, rttsAbove);
  return { ...measured, verdict: judge(measured), thresholds };
}

function startOf(
  options: ParsedOptions,
  supplied: SessionResult['supplied'],
  target: SessionStart['target'],
  engine: EngineName,
): SessionStart {
  return {
    schema: RESULT_SCHEMA,
    tool: { version: VERSION, engine, node: NODE_VERSION, platform: PLATFORM },
    config: settingsOf(PING_OPTIONS, options),
    supplied,
    target,
    startedAt: new Date().toISOString(),
  };
}

function planFor(options: ParsedOptions): SessionPlan {
  return {
    schedule: options.schedule,
    intervalNs: options.intervalMs * 1e6,
    count: options.count ?? Infinity,
    durationNs: (options.durationMs ?? Infinity) * 1e6,
    timeoutNs: options.timeoutMs * 1e6,
    rttLimitsNs: p99LimitsNs(options),
    hasPicture: true,
    payloadBytes: options.payloadBytes,
    streams: options.flows,
    nonce: makeNonce(),
    protocol: options.protocol,
    key: options.key,
  };
}

/** The given options, except those that are not data, and except the key. */
function suppliedOf(options: PingOptions): SessionResult['supplied'] {
  const given = Object.entries(options).filter(
    ([name, value]) => name !== 'key' && !(value instanceof AbortSignal),
  );
  return Object.fromEntries(given);
}

function endOf(
  { signal, endSignal, dontFragment, count = Infinity }: ParsedOptions,
  { datagrams, schedule, sendFailures }: Pick<Measured, 'datagrams' | 'schedule' | 'sendFailures'>,
  isCutShort: boolean,
  leftOut: number,
): SessionResult['endedBy'] {
  const { sent, sendFailed } = datagrams;
  // If nothing left this host, the path was not measured, and its loss is not 0 %. But that no probe fits is a finding.
  const isTooLong = dontFragment === 'set' && sendFailures['EMSGSIZE'] === sendFailed;
  if (sent === 0 && sendFailed > 0 && leftOut === 0 && !isTooLong) {
    const message = `none of ${countOf(sendFailed, 'probe')} could be sent (${sendFailureText(sendFailures)})`;
    return { code: 'ERROR', message };
  }
  if (isCutShort) return stopOf(signal?.reason ?? endSignal?.reason);
  return { code: schedule.intended - schedule.skipped >= count ? 'COUNT' : 'DURATION' };
}
