// SPDX-License-Identifier: MIT
// Public: finds the highest rate that a path to an echo server carries.

import { choosePeer, type ChosenPeer } from '../client/choose-peer.ts';
import { locate, openMeasurement, type Located } from '../client/open-measurement.ts';
import { requireFits } from '../client/ping-options.ts';
import { onAbort, stopOf } from '../client/stop.ts';
import { LOAD_OPTIONS } from '../options/load.ts';
import { ipBytesOf, ppsOf, RATE } from '../options/rate.ts';
import { settingsOf } from '../options/settings.ts';
import { NODE_VERSION, PLATFORM, VERSION } from '../version.ts';
import { arrivingRatio, shownBounds, widthOf } from './bounds.ts';
import { kneeOf } from './knee.ts';
import { capacityOf, limitOf } from './limit.ts';
import {
  ceilingOf,
  parseLoadOptions,
  sourcePortsOf,
  type LoadOptions,
  type ParsedLoadOptions,
} from './load-options.ts';
import type { LoadResult, LoadThreshold, Throughput } from './load-result.ts';
import type { SearchPlan } from './next-load.ts';
import { Progress } from './progress.ts';
import { Search, type SearchOutcome } from './search.ts';
import { idlePlan, SessionTrials, type TrialSettings } from './session-trials.ts';
import { judgeLoad } from './verdict/judge-load.ts';

/** Two good trials of three decide, so that one stall of a scheduler does not. */
const GOAL = { finalTrialNs: 2e9, durationSumNs: 6e9, exceedRatio: 0.5 };

const START_PPS = 100;

/**
 * Searches for the highest rate without loss (RFC 9971), and measures response times below it.
 *
 * ```ts
 * const { throughput, limit } = await load({ host: '192.0.2.7', maxRate: 1000 });
 * ```
 *
 * It resolves with what was found, also if it was stopped or nothing answered; an abort before the address is chosen
 * rejects. It takes as long as its budget permits, 60 s by default, and loads the path with up to twice what it carries
 * for a second at a time: only measure your own network and server.
 *
 * @throws OptionError for an invalid option
 * @throws SocketError if the host does not resolve, no socket can be opened, or the engine can't run
 */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const { parsed, ping } = parseLoadOptions(options);
  const supplied = suppliedOf(options);
  const { local, peers } = await locate(ping);
  for (const peer of peers) ceilingOf(parsed, ping.payloadBytes, peer);
  const chosen = await choosePeer(peers, { ...ping, local });
  requireFits(ping, chosen.peer);
  return await measure(parsed, { ...ping, local }, chosen, supplied);
}

async function measure(
  parsed: ParsedLoadOptions,
  ping: Located,
  { peer, tried }: ChosenPeer,
  supplied: LoadResult['supplied'],
): Promise<LoadResult> {
  const { payloadBytes, host, port, protocol, key } = ping;
  const { signal, budgetMs, onProgress } = parsed;
  const { address, ipVersion } = peer;
  const ceilingPps = ceilingOf(parsed, payloadBytes, peer);
  const streams = sourcePortsOf(parsed, ceilingPps);
  const settings: TrialSettings = { payloadBytes, streams, protocol, key };
  const startedAt = new Date().toISOString();
  const plan = idlePlan(settings);
  const opened = await openMeasurement(ping, { plan, peer, onRecord: undefined });
  await using running = opened.probeEngine;
  using _stopping = onAbort(signal, () => {
    running.end();
  });
  const target = { host, address, port, protocol, sourcePorts: running.localPorts, tried };
  const ipBytes = ipBytesOf(payloadBytes, ipVersion);
  const trials = new SessionTrials(running, settings, { ipVersion, signal });
  const { fallbackReason: engineReason = null } = opened;
  const told = { target, engine: running.engine, engineReason, budgetNs: budgetMs * 1e6 };
  using progress = new Progress(told, () => trials.elapsedNs, onProgress);
  const search = new Search(trials, planOf(parsed, ceilingPps, ipBytes), progress);
  const outcome = await search.run();
  const config = settingsOf(LOAD_OPTIONS, { ...parsed, payloadBytes, sourcePorts: streams });
  return resultOf({
    outcome,
    parsed,
    bytes: { payloadBytes, ipBytes },
    ipVersion,
    ceilingPps,
    start: {
      schema: 'echogram.load/1',
      tool: { version: VERSION, engine: running.engine, node: NODE_VERSION, platform: PLATFORM },
      config,
      supplied,
      target,
      startedAt,
    },
    trials,
  });
}

function planOf(
  { maxLossRatio, precisionRatio, budgetMs, budgetBytes, overload }: ParsedLoadOptions,
  ceilingPps: number,
  ipBytes: number,
): SearchPlan {
  return {
    goal: { ...GOAL, maxLossRatio },
    precisionRatio,
    startPps: Math.min(START_PPS, ceilingPps),
    ceilingPps,
    budgetNs: budgetMs * 1e6,
    budgetDatagrams: Math.floor(budgetBytes / ipBytes),
    hasOverload: overload,
  };
}

interface Found {
  readonly outcome: SearchOutcome;
  readonly parsed: ParsedLoadOptions;
  readonly bytes: { readonly payloadBytes: number; readonly ipBytes: number };
  readonly ipVersion: 4 | 6;
  readonly ceilingPps: number;
  readonly start: Pick<
    LoadResult,
    'schema' | 'tool' | 'config' | 'supplied' | 'target' | 'startedAt'
  >;
  readonly trials: SessionTrials;
}

function resultOf(found: Found): LoadResult {
  const { outcome, bytes, trials, start } = found;
  const { idle, reason } = outcome;
  const throughput = throughputOf(found);
  const limit = limitOf(outcome.trials, idle, reason);
  const measured = {
    ...start,
    durationNs: Math.round(trials.elapsedNs),
    endedBy: endOf(found),
    thresholds: thresholdsOf(found, throughput),
    throughput,
    capacity: capacityOf(outcome.trials, limit, bytes),
    limit,
    knee: kneeOf(outcome.trials, idle),
    idle: {
      sent: idle.sent,
      rttNs: idle.rttNs,
      iqrNs: idle.iqrNs,
      lossRatio: idle.lossRatio,
    },
    spent: { datagrams: trials.sent, ipBytes: trials.sent * bytes.ipBytes },
    icmpErrors: trials.icmpErrors,
    trials: outcome.trials,
  };
  return { ...measured, verdict: judgeLoad(measured) };
}

function endOf({ outcome, parsed, trials, start }: Found): LoadResult['endedBy'] {
  if (outcome.code === 'ABORTED') return stopOf(parsed.signal?.reason);
  const message = outcome.code === 'NO_REPLY' ? trials.otherDialect(start.target) : undefined;
  return { code: outcome.code, ...(message === undefined ? {} : { message }) };
}

function throughputOf({ outcome, parsed, ceilingPps }: Found): Throughput {
  const { bounds, trials, reason } = outcome;
  const goal = { ...GOAL, maxLossRatio: parsed.maxLossRatio };
  const shown = shownBounds(trials, bounds, goal);
  const ratio = bounds.lowerPps === null ? null : arrivingRatio(trials, bounds.lowerPps, goal);
  return {
    ...shown,
    conditionalPps: ratio === null ? null : shown.lowerPps! * ratio,
    widthRatio: widthOf(shown),
    ceilingPps,
    reason,
  };
}

function thresholdsOf(
  { parsed, bytes, ipVersion }: Found,
  { lowerPps }: Throughput,
): readonly LoadThreshold[] {
  const { minRate } = parsed;
  if (minRate === undefined) return [];
  const limit = ppsOf(minRate, bytes.payloadBytes, ipVersion);
  return [
    {
      name: 'throughputPps',
      level: 'critical',
      limit,
      actual: lowerPps,
      held: lowerPps !== null && lowerPps >= limit,
      reason: lowerPps === null ? 'no rate is known to pass' : null,
    },
  ];
}

/** The given options, except those that are not data, and except the key. */
function suppliedOf(options: LoadOptions): LoadResult['supplied'] {
  const { signal: _signal, onProgress: _onProgress, key: _key, ...given } = options;
  const entries = Object.entries(given).map(([name, value]) => [
    name,
    typeof value === 'object' ? RATE.text!.write(value) : value,
  ]);
  return Object.fromEntries(entries) as LoadResult['supplied'];
}
