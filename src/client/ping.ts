// SPDX-License-Identifier: MIT
// Public: measures the path to an echo server.

import { randomInt } from 'node:crypto';
import { createError, EchogramError, systemCodeOf } from '../errors.ts';
import {
  ABORT_SIGNAL,
  BOOLEAN,
  ECHO_PORT,
  FUNCTION,
  integer,
  NON_EMPTY_STRING,
  number,
  oneOf,
  parseOptions,
  REMOTE_PORT,
  STAMP_KEY,
  STAMP_PORT,
  type OptionRules,
} from '../options.ts';
import {
  MAX_PAYLOAD_BYTES_IPV4,
  MAX_PAYLOAD_BYTES_IPV6,
  RECEIVE_BUFFER_BYTES,
  type EngineChoice,
  type EngineName,
} from '../socket/datagram-socket.ts';
import { isLoopback } from '../socket/ip-address.ts';
import { resolveHost, type HostAddress, type IpVersion } from '../socket/resolve.ts';
import { NODE_VERSION, PLATFORM, VERSION } from '../version.ts';
import { PROBE_MIN_BYTES } from '../wire/probe.ts';
import { STAMP_LAYOUT } from '../wire/stamp.ts';
import { TLV_HEADER_BYTES } from '../wire/stamp-tlv.ts';
import { MAX_CAPACITY } from './in-flight.ts';
import { openRunner, type OpenedRunner } from './open-runner.ts';
import type { ProtocolName } from './probe-protocol.ts';
import type { ProbeRecord } from './probe-record.ts';
import { RecordStream } from './record-stream.ts';
import type { RunnerOptions } from './runner.ts';
import type { ScheduleKind } from './schedule.ts';
import type { RecordListener, SessionPlan } from './session.ts';
import {
  RESULT_SCHEMA,
  type SessionConfig,
  type SessionResult,
  type SessionStart,
} from './session-result.ts';
import { UDP_ECHO_PLUS_PROBE_MIN_BYTES } from './udp-echo-plus-protocol.ts';

/** Whom a measurement asks. */
export interface PingTarget {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  /** The ports that the probes come from. */
  readonly sourcePorts: readonly number[];
  readonly engine: EngineName;
  /** Why `auto` did not take the Linux engine; `null` where it did, or wasn't asked. */
  readonly engineReason: string | null;
}

/** What to measure, and how. Every field but `host` has a default. */
export interface PingOptions {
  /** A host name or an address. */
  readonly host: string;
  /** Default 10000; of STAMP 862. */
  readonly port?: number;
  /**
   * `echo` asks any server that sends back what it gets. `stamp` (RFC 8762; TWAMP-Light) and
   * `udp-echo-plus` (TR-143) ask one that numbers and times its replies, and so tell the way there from the
   * way back. Default `echo`.
   */
  readonly protocol?: ProtocolName;
  /** Authenticates STAMP packets, by HMAC-SHA-256: 16 octets or more, the same at the other end. */
  readonly key?: Uint8Array;
  /** Asks only addresses of this IP version. Default: the resolver's first. */
  readonly ipVersion?: IpVersion;
  /** Probes to send. Default: no limit. */
  readonly count?: number;
  /** How long to send. Default: no limit. */
  readonly durationMs?: number;
  /** Time between two probes. Default 1000. */
  readonly intervalMs?: number;
  /** `poisson` draws the gaps so that no periodic cause can hide between probes. */
  readonly schedule?: ScheduleKind;
  /**
   * Length of each probe, from 44; of STAMP 44 or from 48 (with a key 112 or from 116), of UDPEchoPlus from
   * 68. Default 64, of the others the least.
   */
  readonly payloadBytes?: number;
  /** A probe without a reply for so long is lost. Default 1000. */
  readonly timeoutMs?: number;
  /** Sends from that many ports in turn, so that each path of a balanced network is seen. */
  readonly sourcePorts?: number;
  /** Hops that a probe may take. Default: the system's. */
  readonly ttl?: number;
  /** Differentiated services code point of the probes, 0 to 63 (RFC 2474). Linux engine. */
  readonly dscp?: number;
  /**
   * `linux` measures with the kernel's time stamps in a thread of its own, `portable` on this thread's
   * event loop. Default `auto`: `linux` where it opens.
   */
  readonly engine?: EngineChoice;
  /** Allows a broadcast address as host. Default false. */
  readonly allowBroadcast?: boolean;
  /** Allows more than 1,000 probes a second to another host than this. Default false. */
  readonly allowFlood?: boolean;
  /** Ends the sending; replies that are on their way are waited for. */
  readonly signal?: AbortSignal;
  /** Told whom is asked, and how, once the sockets are open and before the first probe leaves. */
  readonly onStart?: (target: PingTarget, start: SessionStart) => void;
  /** Told of each probe's fate as it becomes known. It must not take long. */
  readonly onRecord?: (record: ProbeRecord) => void;
}

const RULES: OptionRules<PingOptions> = {
  host: NON_EMPTY_STRING,
  port: REMOTE_PORT,
  protocol: oneOf('echo', 'stamp', 'udp-echo-plus'),
  key: STAMP_KEY,
  ipVersion: oneOf(4, 6),
  count: integer(1, 2 ** 53 - 1),
  durationMs: number(0.001, 2 ** 31 - 1),
  intervalMs: number(0.001, 2 ** 31 - 1),
  schedule: oneOf('periodic', 'poisson'),
  payloadBytes: integer(PROBE_MIN_BYTES, MAX_PAYLOAD_BYTES_IPV6),
  timeoutMs: number(0.001, 2 ** 31 - 1),
  sourcePorts: integer(1, 1024),
  ttl: integer(1, 255),
  dscp: integer(0, 63),
  engine: oneOf('auto', 'linux', 'portable'),
  allowBroadcast: BOOLEAN,
  allowFlood: BOOLEAN,
  signal: ABORT_SIGNAL,
  onStart: FUNCTION,
  onRecord: FUNCTION,
};

/** Probes a second that may go to any host. */
const MODEST_PPS = 1000;

const DEFAULTS = {
  protocol: 'echo',
  intervalMs: 1000,
  schedule: 'periodic',
  timeoutMs: 1000,
  sourcePorts: 1,
  engine: 'auto',
  allowBroadcast: false,
  allowFlood: false,
} as const satisfies Partial<PingOptions>;

type WithDefaults = PingOptions & Required<Pick<PingOptions, keyof typeof DEFAULTS>>;

type ParsedOptions = WithDefaults & Required<Pick<PingOptions, 'port' | 'payloadBytes'>>;

/** A measurement that runs: a promise of its result, and its records one by one. */
export interface PingRun extends Promise<SessionResult>, AsyncIterable<ProbeRecord> {}

/**
 * Sends numbered probes at fixed times and tells what came back, how fast, and what was lost where.
 *
 * ```ts
 * const { datagrams, rttNs } = await ping({ host: '192.0.2.7', count: 10 });
 *
 * const run = ping({ host: '192.0.2.7', count: 10 });
 * for await (const record of run) console.log(record.type, record.atNs);
 * const result = await run;
 * ```
 *
 * It resolves also where no probe is answered, with the exact counts: a blackout is a result. Records are
 * kept from the moment on that they are asked for; a reader who falls 65,536 behind gets an `omitted` one
 * with the number of those left out. One who stops reading does not end the measurement: `signal` does.
 *
 * @throws OptionError for an option outside its rule
 * @throws SocketError where the host does not resolve, no socket can be opened, or the engine can't run
 */
export function ping(options: PingOptions): PingRun {
  const streams: RecordStream[] = [];
  const result = start(options, streams);
  return Object.assign(result, {
    [Symbol.asyncIterator]: () => {
      const stream = new RecordStream();
      streams.push(stream);
      result.then(
        () => {
          stream.end();
        },
        (error: unknown) => {
          stream.fail(error);
        },
      );
      return stream;
    },
  });
}

async function start(
  options: PingOptions,
  streams: readonly RecordStream[],
): Promise<SessionResult> {
  const parsed = parse(options);
  parsed.signal?.throwIfAborted();
  requireRoom(parsed);
  const [peer] = await resolveHost(parsed.host, parsed.ipVersion);
  // resolveHost rejects rather than give no address.
  requireFits(parsed, peer!);
  requireModesty(parsed, peer!);
  return await measure(parsed, options, peer!, listenerOf(parsed, streams));
}

/** The options with all defaults: some depend on the protocol. */
function parse(options: PingOptions): ParsedOptions {
  const parsed: WithDefaults = parseOptions(RULES, options, DEFAULTS);
  const { protocol, key, payloadBytes = usualBytes(protocol, key) } = parsed;
  const port = parsed.port ?? (protocol === 'stamp' ? STAMP_PORT : ECHO_PORT);
  if (key !== undefined && protocol !== 'stamp') {
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: 'key',
      rule: 'left out unless protocol is stamp',
      value: `a key of ${key.length} octets`,
    });
  }
  requirePayload(protocol, key, payloadBytes);
  return { ...parsed, port, payloadBytes };
}

function usualBytes(protocol: ProtocolName, key: Uint8Array | undefined): number {
  return protocol === 'echo' ? 64 : leastBytes(protocol, key);
}

function leastBytes(protocol: ProtocolName, key: Uint8Array | undefined): number {
  switch (protocol) {
    case 'echo':
      return PROBE_MIN_BYTES;
    case 'stamp':
      return STAMP_LAYOUT[key === undefined ? 'unauthenticated' : 'authenticated'].bytes;
    case 'udp-echo-plus':
      return UDP_ECHO_PLUS_PROBE_MIN_BYTES;
  }
}

function requirePayload(
  protocol: ProtocolName,
  key: Uint8Array | undefined,
  payloadBytes: number,
): void {
  const least = leastBytes(protocol, key);
  // What exceeds a STAMP packet is a TLV, and no TLV is shorter than its header.
  const leastPadded = protocol === 'stamp' ? least + TLV_HEADER_BYTES : least;
  if (payloadBytes === least || payloadBytes >= leastPadded) return;
  const rule = protocol === 'stamp' ? `${least}, or at least ${leastPadded}` : `at least ${least}`;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'payloadBytes',
    rule: `${rule}, for ${protocol}${key === undefined ? '' : ' with a key'}`,
    value: payloadBytes,
  });
}

/** Who is told of records; nobody, where nobody listens when the measurement starts. */
function listenerOf(
  { onRecord }: ParsedOptions,
  streams: readonly RecordStream[],
): RecordListener | undefined {
  if (streams.length === 0) return onRecord;
  return (record) => {
    onRecord?.(record);
    for (const stream of streams) stream.push(record);
  };
}

async function measure(
  options: ParsedOptions,
  supplied: PingOptions,
  peer: HostAddress,
  onRecord: RecordListener | undefined,
): Promise<SessionResult> {
  const plan = planFor(options);
  const { runner, fallbackReason = null } = await open(options, { plan, peer, onRecord });
  await using running = runner;
  const { engine, localPorts: sourcePorts } = running;
  const start = startOf(options, supplied, plan, peer, engine);
  const engineReason = fallbackReason;
  options.onStart?.({ ...start.target, sourcePorts, engine, engineReason }, start);
  const onAbort = (): void => {
    running.stop();
  };
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const outcome = await running.run();
  options.signal?.removeEventListener('abort', onAbort);
  const { userToKernelNs, lastSendFailure, ...statistics } = outcome.statistics;
  return {
    ...start,
    durationNs: outcome.durationNs,
    endedBy: endOf(options, statistics, lastSendFailure),
    ...statistics,
    timestamps: { ...outcome.stamps, userToKernelNs },
    hostDrops: {
      receiveBuffer: outcome.receiveBufferDrops,
      sendBuffer: statistics.datagrams.sendFailed,
    },
    runtime: outcome.runtime,
  };
}

function startOf(
  options: ParsedOptions,
  supplied: PingOptions,
  plan: SessionPlan,
  { address }: HostAddress,
  engine: EngineName,
): SessionStart {
  const { host, port, protocol } = options;
  return {
    schema: RESULT_SCHEMA,
    tool: { version: VERSION, engine, node: NODE_VERSION, platform: PLATFORM },
    config: configOf(options, plan),
    supplied: suppliedOf(supplied),
    target: { host, address, port, protocol },
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
    payloadBytes: options.payloadBytes,
    streams: options.sourcePorts,
    nonce: [randomInt(2 ** 32), randomInt(2 ** 32)],
    protocol: options.protocol,
    key: options.key,
  };
}

/** Every probe that may still be answered has to be remembered. */
function requireRoom({ intervalMs, timeoutMs }: ParsedOptions): void {
  const most = MAX_CAPACITY / 2;
  if (timeoutMs / intervalMs <= most) return;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'timeoutMs',
    rule: `at most ${most} intervals long, as so many probes may be on their way`,
    value: timeoutMs,
    remedy: 'shorten it, or send less often',
  });
}

function requireFits({ payloadBytes }: ParsedOptions, { ipVersion }: HostAddress): void {
  const limitBytes = ipVersion === 4 ? MAX_PAYLOAD_BYTES_IPV4 : MAX_PAYLOAD_BYTES_IPV6;
  if (payloadBytes <= limitBytes) return;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'payloadBytes',
    rule: `at most ${limitBytes}, the most one datagram carries over IPv${ipVersion}`,
    value: payloadBytes,
  });
}

/** As ping's --flood is for root alone: a slip of a zero must not hurt anybody's network. */
function requireModesty({ intervalMs, allowFlood }: ParsedOptions, { address }: HostAddress): void {
  const ratePps = 1000 / intervalMs;
  if (ratePps <= MODEST_PPS || allowFlood || isLoopback(address)) return;
  const shownPps = Math.round(ratePps);
  throw createError('ECHOGRAM_ERR_FLOOD', { address, ratePps: shownPps, option: 'allowFlood' });
}

async function open(
  options: ParsedOptions,
  { plan, peer, onRecord }: Pick<RunnerOptions, 'plan' | 'onRecord'> & { peer: HostAddress },
): Promise<OpenedRunner> {
  const { host, port, ttl, dscp, allowBroadcast, engine } = options;
  const receiveBufferBytes = RECEIVE_BUFFER_BYTES;
  const socket = { peer, port, receiveBufferBytes, ttl, dscp, allowBroadcast };
  try {
    return await openRunner(engine, { plan, socket, onRecord });
  } catch (error) {
    if (EchogramError.is(error)) throw error;
    const systemCode = systemCodeOf(error);
    // Linux's connect(2) for a broadcast address.
    if (systemCode === 'EACCES' && !allowBroadcast) {
      const data = { host, port, option: 'allowBroadcast', systemCode };
      throw createError('ECHOGRAM_ERR_BROADCAST', data, error);
    }
    throw createError('ECHOGRAM_ERR_SEND', { host, port, systemCode }, error);
  }
}

function configOf(options: ParsedOptions, plan: SessionPlan): SessionConfig {
  return {
    schedule: plan.schedule,
    intervalNs: plan.intervalNs,
    count: options.count ?? null,
    durationNs: options.durationMs === undefined ? null : plan.durationNs,
    timeoutNs: plan.timeoutNs,
    payloadBytes: plan.payloadBytes,
    sourcePorts: plan.streams,
    ttl: options.ttl ?? null,
    dscp: options.dscp ?? null,
    isAuthenticated: options.key !== undefined,
  };
}

/** What was given, less what isn't data, and less the key. */
function suppliedOf(options: PingOptions): Readonly<Record<string, unknown>> {
  const given = Object.entries(options).filter(
    ([name, value]) =>
      name !== 'key' && typeof value !== 'function' && !(value instanceof AbortSignal),
  );
  return Object.fromEntries(given);
}

function endOf(
  { signal, count = Infinity }: ParsedOptions,
  { datagrams, schedule }: Pick<SessionResult, 'datagrams' | 'schedule'>,
  lastSendFailure: string | null,
): SessionResult['endedBy'] {
  const { sent, sendFailed } = datagrams;
  // Nothing left this host: that is no measurement of the path, and no 0 % of loss either.
  if (sent === 0 && sendFailed > 0) {
    const message = `none of ${sendFailed} probes could be sent (${lastSendFailure ?? 'UNKNOWN'})`;
    return { code: 'ERROR', message };
  }
  if (schedule.intended >= count) return { code: 'COUNT' };
  return { code: signal?.aborted === true ? 'SIGINT' : 'DURATION' };
}
