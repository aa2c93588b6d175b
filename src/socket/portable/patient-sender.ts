// SPDX-License-Identifier: MIT
// Sending from a connected socket on which ICMP errors of earlier datagrams wait: the system tells one of
// them in place of sending, and once, so that the next try sends (udp(7), SO_ERROR of socket(7)).

import { systemCodeOf } from '../../errors.ts';

/**
 * What ICMP errors become: icmp_err_convert of Linux's net/ipv4/icmp.c and tab_unreach of its
 * net/ipv6/icmp.c; other systems use a part of these.
 */
const ICMP_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EACCES',
  'EMSGSIZE',
  'ENOPROTOOPT',
  'EOPNOTSUPP',
  'ENOTSUP',
  'EHOSTDOWN',
  'ENONET',
  'EPROTO',
  'ECONNRESET',
]);

/** True for what an ICMP error may have become. */
export function isIcmpCode(systemCode: string): boolean {
  return ICMP_CODES.has(systemCode);
}

/** Those that nothing but ICMP makes of a send. */
const ALWAYS_ICMP: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET']);

/** A burst of ICMP errors may meet the tries. */
const MOST_TRIES = 64;

/** Tries that fail alike while nothing else is sent: this host's own failure repeats, and nothing leaves for it. */
const SAME_FAILURES = 4;

export interface SendOutcome {
  /** An ICMP error came of an earlier datagram. */
  readonly onEarlierError: (error: Error) => void;
  /** The datagram was handed to the system, or with `error` was not. */
  readonly onDone: (error: Error | null) => void;
}

/** Tries once, and calls back with the error of it. */
type TrySend = (onTried: (error: Error | null) => void) => void;

/** Sends the datagrams of one socket, each again where an earlier one's ICMP error was told in its place. */
export class PatientSender {
  /** Datagrams sent: each may bring an error that meets the next try of another. */
  #sent = 0;

  /** Which kind a failure was shows in the end: what the last try failed with too is this host's own. */
  send(trySend: TrySend, { onEarlierError, onDone }: SendOutcome): void {
    const failures: Error[] = [];
    let alike = 0;
    let sentBefore = -1;
    const onTried = (error: Error | null): void => {
      if (error === null) this.#sent++;
      else {
        const isAlike = this.#sent === sentBefore && isSame(error, failures.at(-1));
        alike = isAlike ? alike + 1 : 1;
        sentBefore = this.#sent;
        if (mayBeEarlier(error, alike, failures.length + 1)) {
          failures.push(error);
          trySend(onTried);
          return;
        }
      }
      for (const failure of failures) if (isEarlier(failure, error)) onEarlierError(failure);
      onDone(error);
    };
    trySend(onTried);
  }
}

function mayBeEarlier(error: Error, alike: number, tries: number): boolean {
  const code = systemCodeOf(error);
  if (!isIcmpCode(code) || tries >= MOST_TRIES) return false;
  return ALWAYS_ICMP.has(code) || alike < SAME_FAILURES;
}

/** @param last  what the last try failed with; `null` where it sent */
function isEarlier(failure: Error, last: Error | null): boolean {
  return last === null || ALWAYS_ICMP.has(systemCodeOf(failure)) || !isSame(failure, last);
}

function isSame(error: Error, other: Error | undefined): boolean {
  return other !== undefined && systemCodeOf(error) === systemCodeOf(other);
}
