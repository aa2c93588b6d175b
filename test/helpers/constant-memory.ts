// Measurements of millions of probes, played through Session without a socket or a clock: what they take of
// memory doesn't grow with their number.

import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Session } from '../../src/client/session/session.ts';
import type { SessionPlan } from '../../src/client/session/session-plan.ts';
import { Random } from '../../src/random.ts';
import { arrivalOf, counts, MADE_PLAN, viewOf } from './made-session.ts';

const PAYLOAD_BYTES = 64;
/** Payloads kept, so that a reply can come after others: more than any waits. */
const KEPT = 64;
/** By then everything has what it needs, and the compiler has seen it. */
const FIRST_PROBES = 100_000;

/** What happens to one of each hundred probes; all others are answered before the next is sent. */
const OVERTAKEN = 7;
const DUPLICATED = 20;
const LATE = 50;
const LOST = 51;

/** One octet for each of ten million probes is far more; the runner and the compiler take some of their own. */
const MOST_GROWN_BYTES = 4 * 2 ** 20;

class Played {
  readonly session: Session;
  readonly #intervalNs: number;
  readonly #payloads = viewOf(new Uint8Array(KEPT * PAYLOAD_BYTES));
  readonly #arrival = {
    ...arrivalOf(new Uint8Array(PAYLOAD_BYTES), 0),
    view: this.#payloads,
  };
  readonly #random = new Random(862);

  constructor({ intervalNs, hasPicture }: Pick<SessionPlan, 'intervalNs' | 'hasPicture'>) {
    this.#intervalNs = intervalNs;
    this.session = new Session({
      ...MADE_PLAN,
      intervalNs,
      hasPicture,
      timeoutNs: 20 * intervalNs,
      payloadBytes: PAYLOAD_BYTES,
    });
  }

  /** @param from  a multiple of 100, as is `to` */
  play(from: number, to: number): void {
    for (let sequence = from; sequence < to; sequence++) this.#playOne(sequence);
  }

  #playOne(sequence: number): void {
    const intervalNs = this.#intervalNs;
    const atNs = sequence * intervalNs;
    this.session.prepare(atNs, this.#payloads, (sequence % KEPT) * PAYLOAD_BYTES);
    // From a microsecond on, most of them short.
    const receivedNs = atNs + 1000 + Math.floor(this.#random.next() ** 8 * 0.8 * intervalNs);
    const nth = sequence % 100;
    if (nth !== OVERTAKEN && nth !== LATE && nth !== LOST) this.#answer(sequence, receivedNs);
    if (nth === OVERTAKEN + 1) this.#answer(sequence - 1, receivedNs);
    if (nth === DUPLICATED) this.#answer(sequence, receivedNs);
    this.session.sweep(atNs + 0.9 * intervalNs);
    // It was given up 20 intervals after it was sent.
    if (nth === LATE + 30) this.#answer(sequence - 30, receivedNs);
  }

  #answer(sequence: number, receivedNs: number): void {
    const arrival = this.#arrival;
    arrival.start = (sequence % KEPT) * PAYLOAD_BYTES;
    arrival.receivedNs = receivedNs;
    this.session.receive(arrival);
  }
}

/** Fails where a session of so many probes takes more memory than its first hundred thousand took. */
export function assertConstantMemory(probes: number): void {
  const played = new Played({ intervalNs: 1e6, hasPicture: true });
  played.play(0, FIRST_PROBES);
  const before = settledMemory();

  played.play(FIRST_PROBES, probes);

  const after = settledMemory();
  for (const kind of ['heapUsed', 'arrayBuffers'] as const) {
    const grownBy = after[kind] - before[kind];
    assert.ok(grownBy < MOST_GROWN_BYTES, `${kind} has grown by ${grownBy} bytes`);
  }
  const one = probes / 100;
  assert.deepEqual(
    played.session.summary([1]).datagrams,
    counts({
      sent: probes,
      received: 98 * one,
      lost: one,
      late: one,
      lossRatio: 0.02,
      reordered: one,
      duplicate: one,
    }),
  );
}

/** Sessions of half an hour at one probe a second. */
const SESSIONS = 20;
const PROBES = 1800;

/**
 * Fails where a session without a picture takes more than so much, after half an hour of a probe a second whose round
 * trips take from 1 µs to 0.8 s.
 */
export function assertSmallSessions(mostBytes: number): void {
  const plan = { intervalNs: 1e9, hasPicture: false };
  new Played(plan).play(0, PROBES);
  const before = settledMemory();
  const all = Array.from({ length: SESSIONS }, () => new Played(plan));
  for (const played of all) played.play(0, PROBES);
  const after = settledMemory();
  const grownBy = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers;
  const bytes = Math.round(grownBy / all.length);
  assert.ok(bytes < mostBytes, `a session takes ${bytes} bytes`);
  assert.equal(all[0]!.session.summary([1]).echogram, null);
}

export function settledMemory(): NodeJS.MemoryUsage {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  collectGarbage();
  // What the first found of array buffers may still be swept by another thread; the second waits for that.
  collectGarbage();
  return process.memoryUsage();
}
