// Echo loops without a network: datagrams that come round until the guard drops them.

import type { LoopGuard } from '../../src/server/loop-guard.ts';
import { MadeBatch } from './made-batch.ts';

/** Where the guard's clock starts. */
const START_MS = 1_764_000_000_000;

/** One forged datagram. */
export interface MadeLoop {
  /** When it was forged. */
  readonly startMs: number;
  /** How long it takes to the other service and back. */
  readonly roundMs: number;
  readonly batch: MadeBatch;
}

/** A datagram like no other. */
export function numbered(number: number, port: number): MadeBatch {
  const payload = Buffer.alloc(8);
  payload.writeUInt32BE(number);
  return new MadeBatch([{ address: '192.0.2.7', port, payload }]);
}

/**
 * How long a loop may live at most. It comes by 1,000 / roundMs times a second, of which one a second is
 * forgotten, until that adds up to a hundred; and a round more, and a sixteenth of a second by which the
 * clock of the guard may be late.
 */
export function longestLifeMs(roundMs: number): number {
  return (100 * roundMs + 62.5) / (1 - roundMs / 1000) + roundMs;
}

/** Lets the datagrams go round until each has been dropped; returns how long each did. */
export function livesOf(guard: LoopGuard, loops: readonly MadeLoop[]): readonly number[] {
  const lives = loops.map(() => NaN);
  const byMs = new Map<number, number[]>();
  const arriveAt = (ms: number, loop: number): void => {
    const others = byMs.get(ms);
    if (others === undefined) byMs.set(ms, [loop]);
    else others.push(loop);
  };
  for (const [loop, { startMs }] of loops.entries()) arriveAt(Math.floor(startMs), loop);
  for (let nowMs = 0; byMs.size > 0; nowMs++) {
    for (const loop of byMs.get(nowMs) ?? []) {
      const { batch, roundMs, startMs } = loops[loop]!;
      if (guard.isLoop(batch, 0, 0, START_MS + nowMs)) lives[loop] = nowMs - startMs;
      else arriveAt(nowMs + roundMs, loop);
    }
    byMs.delete(nowMs);
  }
  return lives;
}
