// SPDX-License-Identifier: MIT
// What a server offers: one or more services, each at a port of its own, as data that any thread can take.

import { STAMP_PORT } from '../options/ports.ts';
import type { AdmissionRules } from './admission.ts';
import type { OctetRange } from './loop-guard.ts';

export const SERVICE_NAMES = ['echo', 'udp-echo-plus', 'stamp'] as const;

/** What answers at a port. */
export type ServiceName = (typeof SERVICE_NAMES)[number];

export interface EchoPlan {
  readonly name: 'echo';
  /** 0 lets the system choose. */
  readonly port: number;
}

export interface UdpEchoPlusPlan {
  readonly name: 'udp-echo-plus';
  readonly port: number;
  /** A `UdpEchoPlusState`'s, shared by all threads: the numbers of TR-143 are a server's, not a client's. */
  readonly memory: SharedArrayBuffer;
}

export interface StampPlan {
  readonly name: 'stamp';
  readonly port: number;
  /** Numbers the replies of each session by itself, so that loss is told for each direction. */
  readonly isStateful: boolean;
  /** Octets of the key of authenticated mode; `null` is unauthenticated mode. */
  readonly key: Uint8Array | null;
  /** Code points that a Class of Service TLV may ask for the reply, from 0 to 63. */
  readonly dscp: readonly number[];
  /** Answers requests that are shorter than a reply, too. */
  readonly answersShort: boolean;
  /** Made by `ShortRequests.createMemory`, shared by all threads. */
  readonly shortNotices: SharedArrayBuffer;
}

export type ServicePlan = EchoPlan | UdpEchoPlusPlan | StampPlan;

/** The octets that a UDPEchoPlus server fills in (TR-143 appendix A.1.4). */
const UDP_ECHO_PLUS_CHANGES: OctetRange = { from: 4, to: 20 };

/** The rules of admission of a service: those of its server, and its own. */
export function admissionFor(
  plan: ServicePlan,
  rules: AdmissionRules,
): AdmissionRules & { readonly changing?: OctetRange } {
  switch (plan.name) {
    case 'echo':
      return rules;
    case 'udp-echo-plus':
      return { ...rules, changing: UDP_ECHO_PLUS_CHANGES };
    case 'stamp':
      // Whatever sends from there is a reflector too, and takes a reply for a request.
      return { ...rules, ownPorts: [...rules.ownPorts, STAMP_PORT] };
  }
}

/** TTL of a service's replies; `undefined` is the system's. RFC 5357 section 4.2.1 wants 255. */
export function replyTtl({ name }: ServicePlan): number | undefined {
  return name === 'stamp' ? 255 : undefined;
}

/** True where the reflector wants to know of each datagram when it came, and by itself. */
export function needsMetadata({ name }: ServicePlan): boolean {
  return name !== 'echo';
}
