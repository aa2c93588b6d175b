// SPDX-License-Identifier: MIT
// Public: measures the path to an echo server.

import { randomInt } from 'node:crypto';
import { createError, EchogramError, systemCodeOf } from '../errors.ts';
import { PING_OPTIONS } from '../options/ping.ts';
import { settingsOf } from '../options/settings.ts';
import { RECEIVE_BUFFER_BYTES, type EngineName } from '../socket/datagram-socket.ts';
import { countOf } from '../quantities.ts';
import { countedBetween, readUdpCounters } from '../socket/udp-counters.ts';
import { resolveHost, unmapped, type HostAddress } from '../socket/resolve.ts';
import { NODE_VERSION, PLATFORM, VERSION } from '../version.ts';
import { asBindFailure, localAddressOf, peersFrom, type LocalAddress } from './bind-address.ts';
import { choosePeer, type ChosenPeer } from './choose-peer.ts';
import { hostDropsOf } from './host/host-drops.ts';
import { openProbeEngine, type OpenedProbeEngine } from './engines/open-probe-engine.ts';
import {
  parsePingOptions,
  requireFits,
  requireModesty,
  type ParsedOptions,
  type PingOptions,
} from './ping-options.ts';
import { PingRun, type Measure } from './ping-run.ts';
import type { RunOutcome, ProbeEngineOptions } from './engines/probe-engine.ts';
import type { SessionPlan } from './session/session-plan.ts';
import {
  RESULT_SCHEMA,
  type EndCode,
  type Measured,
  type SessionResult,
  type SessionStart,
} from './session/session-result.ts';
import { untilSourceSettles } from './source-address.ts';
import { checkThresholds, p99LimitNs } from './thresholds.ts';
import { sendFailureText } from './verdict/unsent.ts';
import { judge } from './verdict/verdict.ts';

/**
 * Sends numbered probes at fixed times and tells what came back, how fast, and what was lost where.
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
 * It resolves also where no probe is answered, with the exact counts: a blackout is a result. An abort
 * before its address is chosen rejects with the signal's reason, at once; one that comes later is a result,
 * of no probes where none was sent yet.
 *
 * @throws OptionError for an option outside its rule
 * @throws SocketError where the host does not resolve, no socket can be opened, or the engine can't run
 */
export function ping(options: PingOptions): PingRun {
  return PingRun.begin((run) => start(options, run));
}

async function start(
  options: PingOptions,
  { signal: readerStop, listener, ...tell }: Parameters<Measure>[0],
): Promise<SessionResult> {
  const { signal: userStop, ...given } = parsePingOptions(options);
  const signal = userStop === undefined ? readerStop : AbortSignal.any([userStop, readerStop]);
  const parsed = { ...given, signal };
  const { host, family: ipVersion, bind } = parsed;
  // Not awaited where nothing is looked up: an abort right after the call is to find an address chosen.
  const local = bind === undefined ? undefined : await localAddressOf(bind);
  const resolved = await resolveHost(unmapped(host), { ipVersion, signal });
  const peers = peersFrom(resolved, parsed.port, local);
  for (const peer of peers) requireModesty(parsed, peer);
  const chosen = await choosePeer(peers, { ...parsed, local });
  requireFits(parsed, chosen.peer);
  return await measure({ ...parsed, local }, options, chosen, { onRecord: listener(), ...tell });
}

/** With the address to send from, read and resolved. */
type Located = ParsedOptions & { readonly local: LocalAddress | undefined };

async function measure(
  options: Located,
  supplied: PingOptions,
  { peer, tried }: ChosenPeer,
  {
    onRecord,
    started,
    answering,
  }: Pick<ProbeEngineOptions, 'onRecord'> & Pick<Parameters<Measure>[0], 'started' | 'answering'>,
): Promise<SessionResult> {
  const plan = planFor(options);
  const { probeEngine, fallbackReason = null } = await open(options, { plan, peer, onRecord });
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
  return judged(options, measured, outcome.statistics.rttsAboveLimit);
}

/** Acts once the signal aborts: now, where it has, while the sockets were opened or from a listener for `start`. */
function onAbort(signal: AbortSignal | undefined, act: () => void): Disposable {
  signal?.addEventListener('abort', act, { once: true });
  if (signal?.aborted === true) act();
  return { [Symbol.dispose]: () => signal?.removeEventListener('abort', act) };
}

type Rest = Omit<Measured, keyof SessionStart | 'hostDrops' | 'noPorts'>;

function measuredOf(options: ParsedOptions, outcome: RunOutcome): Rest {
  const {
    userToKernelNs,
    rttsAboveLimit: _,
    isCutShort,
    leftOut,
    ...statistics
  } = outcome.statistics;
  return {
    durationNs: outcome.durationNs,
    endedBy: {
      ...endOf(options, statistics, isCutShort, leftOut),
      ...(leftOut > 0 ? { leftOut } : {}),
    },
    ...statistics,
    // Its plan has a picture.
    echogram: statistics.echogram!,
    timestamps: { ...outcome.stamps, userToKernelNs },
    elsewhere: outcome.elsewhere,
    addressChanges: outcome.addressChanges,
    runtime: outcome.runtime,
  };
}

function judged(options: ParsedOptions, measured: Measured, rttsAboveLimit: number): SessionResult {
  const thresholds = checkThresholds(options, measured, rttsAboveLimit);
  return { ...measured, verdict: judge(measured), thresholds };
}

function startOf(
  options: ParsedOptions,
  supplied: PingOptions,
  target: SessionStart['target'],
  engine: EngineName,
): SessionStart {
  return {
    schema: RESULT_SCHEMA,
    tool: { version: VERSION, engine, node: NODE_VERSION, platform: PLATFORM },
    config: settingsOf(PING_OPTIONS, options),
    supplied: suppliedOf(supplied),
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
    rttLimitNs: p99LimitNs(options),
    hasPicture: true,
    payloadBytes: options.payloadBytes,
    streams: options.flows,
    nonce: [randomInt(2 ** 32), randomInt(2 ** 32)],
    protocol: options.protocol,
    key: options.key,
  };
}

async function open(
  options: Located,
  { plan, peer, onRecord }: Pick<ProbeEngineOptions, 'plan' | 'onRecord'> & { peer: HostAddress },
): Promise<OpenedProbeEngine> {
  const { host, port, ttl, dscp, allowBroadcast, engine, local } = options;
  const channel = {
    ipVersion: peer.ipVersion,
    peer: { address: peer.address, port, dscp },
    receiveBufferBytes: RECEIVE_BUFFER_BYTES,
    ttl,
    allowBroadcast,
    local,
  };
  try {
    if (local === undefined) await untilSourceSettles(peer, port, options.signal);
    return await openProbeEngine(engine, { plan, channel, onRecord });
  } catch (thrown) {
    options.signal?.throwIfAborted();
    const error = asBindFailure(thrown, local, peer);
    if (EchogramError.is(error)) throw error;
    const systemCode = systemCodeOf(error);
    // Linux's connect(2) for a broadcast address.
    if (systemCode === 'EACCES' && !allowBroadcast) {
      const data = { host, port, option: 'allowBroadcast', systemCode };
      throw createError('ECHOGRAM_ERR_BROADCAST', data, error);
    }
    const { address } = peer;
    throw createError('ECHOGRAM_ERR_SEND', { host, port, address, systemCode }, error);
  }
}

/** What was given, less what isn't data, and less the key. */
function suppliedOf(options: PingOptions): SessionResult['supplied'] {
  const given = Object.entries(options).filter(
    ([name, value]) => name !== 'key' && !(value instanceof AbortSignal),
  );
  return Object.fromEntries(given);
}

function endOf(
  { signal, endSignal, count = Infinity }: ParsedOptions,
  { datagrams, schedule, sendFailures }: Pick<Measured, 'datagrams' | 'schedule' | 'sendFailures'>,
  isCutShort: boolean,
  leftOut: number,
): SessionResult['endedBy'] {
  const { sent, sendFailed } = datagrams;
  // Nothing left this host: the path was not measured, and its loss is not 0 %.
  if (sent === 0 && sendFailed > 0 && leftOut === 0) {
    const message = `none of ${countOf(sendFailed, 'probe')} could be sent (${sendFailureText(sendFailures)})`;
    return { code: 'ERROR', message };
  }
  if (isCutShort) return stopOf(signal?.reason ?? endSignal?.reason);
  return { code: schedule.intended - schedule.skipped >= count ? 'COUNT' : 'DURATION' };
}

const SIGNALS: readonly EndCode[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Who stopped it, by the reason of the abort. */
function stopOf(reason: unknown): SessionResult['endedBy'] {
  const code = SIGNALS.find((signal) => signal === systemCodeOf(reason));
  if (code !== undefined) return { code };
  return { code: 'ABORTED', ...(reason instanceof Error ? { message: reason.message } : {}) };
}
