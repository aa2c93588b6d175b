// SPDX-License-Identifier: MIT
// The services of a server, each on its own port, as data that can be passed to any thread.

import { STAMP_PORT } from '../options/ports.ts';
import type { AdmissionRules } from './admission.ts';
import type { OctetRange } from './loop-guard.ts';

export const SERVICE_NAMES = ['echo', 'udp-echo-plus', 'stamp'] as const;

/** The name of a service. */
export type ServiceName = (typeof SERVICE_NAMES)[number];

export interface EchoPlan {
  readonly name: 'echo';
  /** 0 lets the system choose. */
  readonly port: number;
  /** Bound sockets to use instead of binding any. */
  readonly fds?: readonly number[] | undefined;
}

export interface UdpEchoPlusPlan {
  readonly name: 'udp-echo-plus';
  readonly port: number;
  readonly fds?: readonly number[] | undefined;
  /** The memory of a `UdpEchoPlusState`, shared by all threads: TR-143 numbers requests per server, not per client. */
  readonly memory: SharedArrayBuffer;
}

export interface StampPlan {
  readonly name: 'stamp';
  readonly port: number;
  readonly fds?: readonly number[] | undefined;
  /** Numbers the replies of each session separately, so that loss can be attributed to a direction. */
  readonly isStateful: boolean;
  /** The key of authenticated mode; `null` for unauthenticated mode. */
  readonly key: Uint8Array | null;
  /** Code points that a Class of Service TLV may request for the reply, from 0 to 63. */
  readonly dscp: readonly number[];
  /** Also answers requests that are shorter than a reply. */
  readonly answersShort: boolean;
  /** Created by `ShortRequests.createMemory`, shared by all threads. */
  readonly shortNotices: SharedArrayBuffer;
}

export type ServicePlan = EchoPlan | UdpEchoPlusPlan | StampPlan;

/** The octets that a UDPEchoPlus server fills in (TR-143 appendix A.1.4). */
const UDP_ECHO_PLUS_CHANGES: OctetRange = { from: 4, to: 20 };

/** The admission rules of a service: those of its server, and its own. */
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
      // A sender with that source port is also a reflector, and would take a reply for a request.
      return { ...rules, ownPorts: [...rules.ownPorts, STAMP_PORT] };
  }
}

/** TTL of a service's replies; `undefined` for the system's. RFC 5357 section 4.2.1 requires 255. */
export function replyTtl({ name }: ServicePlan): number | undefined {
  return name === 'stamp' ? 255 : undefined;
}

/** True if the reflector needs the arrival time of each single datagram. */
export function needsMetadata({ name }: ServicePlan): boolean {
  return name !== 'echo';
}
