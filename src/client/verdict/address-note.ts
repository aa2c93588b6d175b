// SPDX-License-Identifier: MIT
// Says which of a host's addresses was measured, and why not the first.

import { escapeText } from '../../printable.ts';
import { systemCodeWords } from '../session/icmp-error-kind.ts';
import type { SessionResult, TriedAddress } from '../session/session-result.ts';

type Target = SessionResult['target'];

/** A sentence about the addresses that did not answer; `undefined` if the first one did, or is the only one. */
export function addressNote({ host, address, tried }: Target): string | undefined {
  const without = tried.filter(({ outcome }) => outcome !== 'answered');
  if (without.length === 0) return undefined;
  const outcomes = without.map(inWords).join(', ');
  const name = escapeText(host);
  const shown = escapeText(address);
  if (without.length === tried.length) {
    return `${name} has several addresses, and none answered: ${outcomes}. ${shown} was measured.`;
  }
  return `${name} has several addresses: ${outcomes}. ${shown} answered and was measured; to measure another one, give its address.`;
}

function inWords({ address, outcome, systemCode }: TriedAddress): string {
  const shown = escapeText(address);
  switch (outcome) {
    case 'answered':
      return `${shown} answered`;
    case 'silent':
      return `${shown} was silent`;
    case 'icmp-error':
      return `an ICMP error arrived for ${shown} (${systemCodeWords(systemCode ?? 'UNKNOWN')})`;
    case 'unreachable':
      return `${shown} can't be reached (${systemCode ?? 'unknown'})`;
  }
}
