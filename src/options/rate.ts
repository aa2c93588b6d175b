// SPDX-License-Identifier: MIT
// The kind of option for rates of a load: datagrams per second, or bits per second of IP packets.

import { wrongText, type Kind } from './kind.ts';

/** Datagrams per second, or bits per second of the IP packets that carry them. */
export type Rate = number | { readonly ipBps: number };

/** The most datagrams per second that any option can ask for. */
export const MAX_PPS = 1_000_000;

const MIN_IP_BPS = 1e3;

const MAX_IP_BPS = 1e12;

const UNIT_BPS: Readonly<Record<string, number>> = { kbit: 1e3, Mbit: 1e6, Gbit: 1e9 };

const BIT_RATE = /^(\d{1,12}(?:\.\d{1,9})?)([kMG]bit)$/;

const RULE = `a whole number of datagrams per second from 1 to ${MAX_PPS}, or bits per second with a unit: kbit, Mbit or Gbit`;

/** In text, a number without a unit is datagrams per second, and `10Mbit` is 10,000,000 bits per second. */
export const RATE: Kind<Rate> = {
  rule: `a whole number of datagrams per second from 1 to ${MAX_PPS}, or { ipBps } with bits per second from ${MIN_IP_BPS} to ${MAX_IP_BPS}`,
  accepts: (value): value is Rate =>
    typeof value === 'number' ? isDatagramRate(value) : isBitRate(value),
  text: {
    read(name, text) {
      const pps = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
      if (isDatagramRate(pps)) return pps;
      const [, amount, unit = ''] = BIT_RATE.exec(text) ?? [];
      const rate = { ipBps: Number(amount) * (UNIT_BPS[unit] ?? Number.NaN) };
      if (isBitRate(rate)) return rate;
      throw wrongText(name, RULE, text, 'write 5000 or 10Mbit');
    },
    write: (rate) => (typeof rate === 'number' ? String(rate) : writeBitRate(rate.ipBps)),
  },
};

function isDatagramRate(pps: number): boolean {
  return Number.isInteger(pps) && pps >= 1 && pps <= MAX_PPS;
}

function isBitRate(value: unknown): value is { ipBps: number } {
  if (typeof value !== 'object' || value === null) return false;
  const { ipBps, ...rest } = value as { ipBps?: unknown };
  if (typeof ipBps !== 'number' || Object.keys(rest).length > 0) return false;
  return ipBps >= MIN_IP_BPS && ipBps <= MAX_IP_BPS;
}

/** `10Mbit`: in the largest unit in which it is a whole number. */
function writeBitRate(ipBps: number): string {
  const units = Object.entries(UNIT_BPS).toReversed();
  const [unit, size] = units.find(([, size]) => ipBps % size === 0) ?? ['kbit', UNIT_BPS['kbit']!];
  return `${ipBps / size}${unit}`;
}

/** Octets of the headers of IP (RFC 791, RFC 8200, without options) and UDP. */
const IP_AND_UDP_HEADER_BYTES = { 4: 20 + 8, 6: 40 + 8 } as const;

/** The octets of an IP packet that carries such a payload unfragmented. */
export function ipBytesOf(payloadBytes: number, ipVersion: 4 | 6): number {
  return payloadBytes + IP_AND_UDP_HEADER_BYTES[ipVersion];
}

/** A rate in datagrams per second; not a whole number for most bit rates. */
export function ppsOf(rate: Rate, payloadBytes: number, ipVersion: 4 | 6): number {
  if (typeof rate === 'number') return rate;
  return rate.ipBps / (8 * ipBytesOf(payloadBytes, ipVersion));
}
