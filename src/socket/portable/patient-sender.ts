// SPDX-License-Identifier: MIT
// Sends from a connected socket on which ICMP errors of earlier datagrams may be pending. The system reports each of
// them once, instead of sending, so that the next try sends (udp(7), SO_ERROR of socket(7)).

import { systemCodeOf } from '../../errors.ts';

/**
 * The error codes that ICMP errors are converted to: icmp_err_convert of Linux' net/ipv4/icmp.c and tab_unreach of its
 * net/ipv6/icmp.c; other systems use a subset.
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

/** True for a code that an ICMP error may be converted to. */
export function isIcmpCode(systemCode: string): boolean {
  return ICMP_CODES.has(systemCode);
}

/** Codes that a send can fail with only because of ICMP. */
const ALWAYS_ICMP: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET']);

/** Each try may meet another error of a burst of ICMP errors. */
const MOST_TRIES = 64;

/**
 * Tries that fail alike while nothing else is sent: if a failure repeats, it is this host's own, and nothing leaves.
 */
const SAME_FAILURES = 4;

export interface SendOutcome {
  /** An ICMP error of an earlier datagram was reported. */
  readonly onEarlierError: (error: Error) => void;
  /** The datagram was handed to the system; with an `error` it was not. */
  readonly onDone: (error: Error | null) => void;
}

/** Tries once, and calls back with the error, if any. */
type TrySend = (onTried: (error: Error | null) => void) => void;

/** Sends the datagrams of one socket. Retries one if the system reported the ICMP error of an earlier one instead. */
export class PatientSender {
  /** Datagrams sent: each may cause an error that meets the next try of another. */
  #sent = 0;

  /**
   * The last try shows which kind each failure was: if the last try failed in the same way, the failure is this host's
   * own.
   */
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

/** @param last  the error of the last try; `null` if it succeeded */
function isEarlier(failure: Error, last: Error | null): boolean {
  return last === null || ALWAYS_ICMP.has(systemCodeOf(failure)) || !isSame(failure, last);
}

function isSame(error: Error, other: Error | undefined): boolean {
  return other !== undefined && systemCodeOf(error) === systemCodeOf(other);
}
