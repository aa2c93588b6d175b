// SPDX-License-Identifier: MIT
// One datagram of a search for the path MTU, and what became of it. Sizes are those of IP packets, in octets.

import type { IcmpError } from '../client/session/icmp-error-table.ts';
import type { Fragmentation } from '../socket/probe-channel.ts';

/** What became of a datagram. A reply may still follow each of the others, and then counts instead. */
export type Outcome =
  | { readonly kind: 'waiting' }
  | {
      readonly kind: 'reply';
      /** Of the reply's packet: smaller than the probe's if the server cuts long replies off. */
      readonly size: number;
      /** Size of its largest fragment; 0 if it arrived whole, NaN if unknown. */
      readonly fragment: number;
      /** The other end's own number of the reply; `null` if it does not count its replies. */
      readonly number: number | null;
    }
  /** ICMP "fragmentation needed" or "packet too big". */
  | {
      readonly kind: 'too-big';
      /** 0 if the router does not say. */
      readonly nextHopMtu: number;
      readonly router: string;
    }
  /** This host refused to send it: it is longer than its interface allows. */
  | {
      readonly kind: 'too-long';
      /** The largest packet of the interface; `null` if the system does not say. */
      readonly limit: number | null;
    }
  /** Any other ICMP error. */
  | { readonly kind: 'icmp-error'; readonly error: IcmpError }
  | { readonly kind: 'unsent'; readonly systemCode: string }
  | { readonly kind: 'lost' };

export interface Trial {
  readonly size: number;
  readonly fragmentation: Fragmentation;
  /** The smallest datagram, which tells loss from size. */
  readonly isControl: boolean;
  /** It was waited for long enough to call it lost (RFC 8899 section 5.1.1: one second or more). */
  readonly isPatient: boolean;
  /** The control that followed it at once. */
  readonly control: Trial | undefined;
  outcome: Outcome;
}

/** What to send next. */
export interface Round {
  readonly probes: readonly Pick<Trial, 'size' | 'fragmentation'>[];
  /** Each probe is followed by a control. */
  readonly hasControls: boolean;
  /** Asked before each probe but the first: true if no more need be sent. */
  readonly isEnough: () => boolean;
  /** See `Trial`. */
  readonly isPatient: boolean;
}
