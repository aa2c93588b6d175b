// What states of a page are made of: the type, and parts of results.

import type { SessionResult } from '../../src/client/session/session-result.ts';
import type { Outcome } from '../../src/report/outcome.ts';
import type { DrawnKind } from '../../src/report/page-legend.ts';
import { madeResult, NO_VALUES } from './made-result.ts';

export interface PageState {
  readonly name: string;
  readonly result: SessionResult;
  readonly outcome: Outcome;
  readonly headline: string;
  readonly legend: readonly (readonly [DrawnKind, number, string])[];
  /** The kind that colours the middle of the picture; without one there is no gap. */
  readonly middle?: DrawnKind;
}

export const always = (): number => 1;
/** The middle fifth. */
export const middle = (column: number): number => (column >= 40 && column < 60 ? 1 : 0);

export function counted(changes: Partial<SessionResult['datagrams']>): SessionResult['datagrams'] {
  return changes as SessionResult['datagrams'];
}

export const PORT_UNREACHABLE = { systemCode: 'ECONNREFUSED', icmpType: 3, icmpCode: 3 };
export const DIRECTION = {
  reordered: 0,
  duplicate: 0,
  delayNs: NO_VALUES,
  ipdvNs: NO_VALUES,
  pdvNs: NO_VALUES,
};
export const REFLECTOR: NonNullable<SessionResult['reflector']> = {
  numbering: 'own',
  unanswered: 0,
  unattributed: 0,
  unaltered: 0,
  unauthenticated: 0,
  residenceNs: NO_VALUES,
  unusableStamps: 0,
  clock: null,
};
export const STAMP = { ...madeResult().target, port: 862, protocol: 'stamp' as const };

export const UDP_ECHO_PLUS = {
  ...madeResult().target,
  port: 7,
  protocol: 'udp-echo-plus' as const,
};
