// A result that a page can be looked at for: fast echoes, two kinds of loss, slow echoes.

import type { SessionResult } from '../../src/client/session/session-result.ts';
import type { EchogramSummary } from '../../src/stats/echogram.ts';
import { madeResult, NO_DROPS } from './made-result.ts';
import { counts } from './made-session.ts';

export const COLUMNS = 100;

/** Rows that begin at 2^23 ns (8.4 ms) and at 2^24 ns. */
const FAST = 13 * 32;
const SLOW = 14 * 32;

/**
 * One probe in each of a hundred columns of 10 ms: 40 fast ones, 20 lost on the path, 20 lost in this
 * host's receive buffer, 20 slow ones.
 */
export function scenario(changes: Partial<SessionResult> = {}): SessionResult {
  const list = (value: (column: number) => number): number[] =>
    Array.from({ length: COLUMNS }, (_, column) => value(column));
  const isLost = (column: number): boolean => column >= 40 && column < 80;
  const none = list(() => 0);
  const echogram: EchogramSummary = {
    version: 1,
    columnNs: 10e6,
    lowestNs: 1024,
    rowsPerOctave: 32,
    sent: list(() => 1),
    received: list((column) => (isLost(column) ? 0 : 1)),
    lost: list((column) => (isLost(column) ? 1 : 0)),
    late: none,
    sendFailed: none,
    hostDropped: list((column) => (column >= 60 && column < 80 ? 1 : 0)),
    icmpErrors: none,
    corrupted: none,
    duplicate: none,
    skipped: none,
    largestSendErrorNs: list(() => 50_000),
    largestStallNs: none,
    rttRows: Array.from({ length: COLUMNS }, (_, column) =>
      isLost(column) ? [] : [column < 40 ? FAST : SLOW, 1],
    ),
  };
  const { config } = madeResult();
  return madeResult({
    echogram,
    config: { ...config, timeoutNs: 10e6 },
    datagrams: counts({ sent: 100, received: 60, lost: 40, lossRatio: 0.4 }),
    lossRuns: {
      count: 1,
      longest: 40,
      meanLength: 40,
      atEnd: 0,
      runsByLength: [...Array<number>(39).fill(0), 1],
    },
    hostDrops: { ...NO_DROPS, receiveBuffer: 20 },
    ...changes,
  });
}
