// SPDX-License-Identifier: MIT
// What Linux counts of UDP for a whole network namespace: hints at why datagrams of one socket went missing.

import { readFileSync } from 'node:fs';

/** Since the namespace began. @see RFC 4113, and Linux' include/uapi/linux/snmp.h for those beyond it */
export interface UdpCounters {
  /** Came with a wrong checksum. */
  readonly checksumErrors: number;
  /** Came, and there was no room for them. */
  readonly receiveBufferErrors: number;
  /** Found no room in this host's own queue, without the sending program being told. */
  readonly sendBufferErrors: number;
  /** Came to a port that nobody listens at, or that listens to somebody else alone. */
  readonly noPorts: number;
}

/** @returns `null` where the system does not tell */
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

/** `Udp6InDatagrams   12`, one a line. */
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
