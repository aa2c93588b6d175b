// SPDX-License-Identifier: MIT
// echogram ping: measures, and says what it means.

import { ping, type PingOptions } from '../../client/ping.ts';
import type { ProbeRecord } from '../../client/probe-record.ts';
import type { SessionResult } from '../../client/session-result.ts';
import { pingHeading, pingSummary, recordLine } from '../../report/ping-text.ts';
import { formatNs, formatRatio } from '../../report/quantities.ts';
import { EXIT_FAILED, EXIT_NO_REPLY, EXIT_OK, type Io } from '../io.ts';

export interface PingFlags {
  readonly count?: number;
  readonly interval?: number;
  readonly rate?: number;
  readonly size: number;
  readonly duration?: number;
  readonly timeout: number;
  readonly ipv4?: true;
  readonly ipv6?: true;
  readonly ttl?: number;
  readonly schedule: 'periodic' | 'poisson';
  readonly sourcePorts: number;
  readonly allowBroadcast?: true;
  readonly json?: true;
  readonly quiet?: true;
  readonly maxLoss?: number;
  readonly maxP99?: number;
}

/** Lines for single probes are printed up to this rate; above it the summary has to do. */
const NARRATED_PPS = 100;

export async function runPing(
  target: { host: string; port: number },
  flags: PingFlags,
  io: Io,
): Promise<number> {
  const intervalMs = flags.rate === undefined ? (flags.interval ?? 1000) : 1000 / flags.rate;
  const isNarrated =
    flags.json !== true && flags.quiet !== true && 1000 / intervalMs <= NARRATED_PPS;
  const result = await ping({
    ...optionsFrom(target, flags, intervalMs),
    signal: AbortSignal.any([io.stop, io.stdout.brokenPipe]),
    onStart: ({ host, address, port }) => {
      if (flags.json !== true) io.stdout.narrate(pingHeading(host, address, port, flags.size));
    },
    onRecord: (record: ProbeRecord) => {
      if (isNarrated) io.stdout.narrate(recordLine(record));
    },
  });
  if (flags.json === true) io.stdout.data(JSON.stringify(result));
  else io.stdout.data(...pingSummary(result));
  return exitCodeFor(result, flags, io);
}

function optionsFrom(
  { host, port }: { host: string; port: number },
  flags: PingFlags,
  intervalMs: number,
): PingOptions {
  return {
    host,
    port,
    intervalMs,
    payloadBytes: flags.size,
    timeoutMs: flags.timeout,
    schedule: flags.schedule,
    sourcePorts: flags.sourcePorts,
    allowBroadcast: flags.allowBroadcast === true,
    ...(flags.count === undefined ? {} : { count: flags.count }),
    ...(flags.duration === undefined ? {} : { durationMs: flags.duration }),
    ...(flags.ttl === undefined ? {} : { ttl: flags.ttl }),
    ...(flags.ipv4 === true ? { ipVersion: 4 } : {}),
    ...(flags.ipv6 === true ? { ipVersion: 6 } : {}),
  };
}

/** As ping's: 0 replies came and every threshold held, 1 none came or one was missed, 2 it failed. */
function exitCodeFor(result: SessionResult, flags: PingFlags, io: Io): number {
  if (result.endedBy.code === 'ERROR') {
    io.stderr.data(`echogram: ${result.endedBy.message ?? 'the measurement failed'}`);
    return EXIT_FAILED;
  }
  if (result.datagrams.received === 0) return EXIT_NO_REPLY;
  const missed = missedThresholds(result, flags);
  for (const line of missed) io.stderr.data(`echogram: ${line}`);
  return missed.length === 0 ? EXIT_OK : EXIT_NO_REPLY;
}

function missedThresholds({ datagrams, rttNs }: SessionResult, flags: PingFlags): string[] {
  const missed: string[] = [];
  const { maxLoss, maxP99 } = flags;
  if (maxLoss !== undefined && (datagrams.lossRatio ?? 0) > maxLoss) {
    missed.push(
      `loss is ${formatRatio(datagrams.lossRatio)}, above --max-loss ${formatRatio(maxLoss)}`,
    );
  }
  if (maxP99 !== undefined && (rttNs.p99 ?? 0) > maxP99 * 1e6) {
    missed.push(`p99 is ${formatNs(rttNs.p99)}, above --max-p99 ${formatNs(maxP99 * 1e6)}`);
  }
  return missed;
}
