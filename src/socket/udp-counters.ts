// SPDX-License-Identifier: MIT
// Linux' UDP counters of a whole network namespace: hints at why datagrams of one socket went missing.

import { readFileSync } from 'node:fs';

/** Counts since the namespace was created. @see RFC 4113, and Linux' include/uapi/linux/snmp.h for those beyond it */
export interface UdpCounters {
  /** Arrived with a wrong checksum. */
  readonly checksumErrors: number;
  /** Arrived, and there was no room for them. */
  readonly receiveBufferErrors: number;
  /** Found no room in this host's own queue, without an error for the sending program. */
  readonly sendBufferErrors: number;
  /** Arrived at a port on which nobody listens, or whose socket is connected to somebody else. */
  readonly noPorts: number;
}

/** @returns `null` if the system does not report them */
export function readUdpCounters(ipVersion: 4 | 6): UdpCounters | null {
  const counters = ipVersion === 4 ? readSnmp() : readSnmp6();
  if (counters['InCsumErrors'] === undefined) return null;
  const valueOf = (name: string): number => counters[name] ?? 0;
  return {
    checksumErrors: valueOf('InCsumErrors'),
    receiveBufferErrors: valueOf('RcvbufErrors') + valueOf('MemErrors'),
    sendBufferErrors: valueOf('SndbufErrors'),
    noPorts: valueOf('NoPorts'),
  };
}

/** What was counted between two readings. */
export function countedBetween(
  before: UdpCounters | null,
  after: UdpCounters | null,
): UdpCounters | null {
  if (before === null || after === null) return null;
  return {
    checksumErrors: after.checksumErrors - before.checksumErrors,
    receiveBufferErrors: after.receiveBufferErrors - before.receiveBufferErrors,
    sendBufferErrors: after.sendBufferErrors - before.sendBufferErrors,
    noPorts: after.noPorts - before.noPorts,
  };
}

type Counters = Readonly<Record<string, number>>;

/** `Udp: InDatagrams …` above `Udp: 12 …`. */
function readSnmp(): Counters {
  const [names = [], values = []] = tryRead('/proc/net/snmp')
    .split('\n')
    .filter((line) => line.startsWith('Udp:'))
    .map((line) => line.split(' ').slice(1));
  return Object.fromEntries(names.map((name, at) => [name, Number(values[at])]));
}

/** `Udp6InDatagrams   12`, one per line. */
function readSnmp6(): Counters {
  const lines = tryRead('/proc/net/snmp6').matchAll(/^Udp6(\w+)\s+(\d+)$/gm);
  return Object.fromEntries([...lines].map(([, name, value]) => [name!, Number(value)]));
}

function tryRead(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
