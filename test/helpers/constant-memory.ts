// Measurements of millions of probes, played through Session without a socket or a clock: what they take of
// memory doesn't grow with their number.

import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Session } from '../../src/client/session/session.ts';
import { Random } from '../../src/random.ts';
import { arrivalOf, counts, viewOf } from './made-session.ts';

const INTERVAL_NS = 1e6;
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
  readonly session = new Session({
    schedule: 'periodic',
    intervalNs: INTERVAL_NS,
    timeoutNs: 20 * INTERVAL_NS,
    rttLimitNs: undefined,
    count: Infinity,
    durationNs: Infinity,
    payloadBytes: PAYLOAD_BYTES,
    streams: 1,
    nonce: [0x0123_4567, 0x89ab_cdef],
    protocol: 'echo',
    key: undefined,
  });
  readonly #payloads = viewOf(new Uint8Array(KEPT * PAYLOAD_BYTES));
  readonly #arrival = {
    ...arrivalOf(new Uint8Array(PAYLOAD_BYTES), 0),
    view: this.#payloads,
  };
  readonly #random = new Random(862);

  /** @param from  a multiple of 100, as is `to` */
  play(from: number, to: number): void {
    for (let sequence = from; sequence < to; sequence++) this.#playOne(sequence);
  }

  #playOne(sequence: number): void {
    const atNs = sequence * INTERVAL_NS;
    this.session.prepare(atNs, this.#payloads, (sequence % KEPT) * PAYLOAD_BYTES);
    // From a microsecond on, most of them short.
    const receivedNs = atNs + 1000 + Math.floor(this.#random.next() ** 8 * 0.8 * INTERVAL_NS);
    const nth = sequence % 100;
    if (nth !== OVERTAKEN && nth !== LATE && nth !== LOST) this.#answer(sequence, receivedNs);
    if (nth === OVERTAKEN + 1) this.#answer(sequence - 1, receivedNs);
    if (nth === DUPLICATED) this.#answer(sequence, receivedNs);
    this.session.sweep(atNs + 0.9 * INTERVAL_NS);
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
  const played = new Played();
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

function settledMemory(): NodeJS.MemoryUsage {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  collectGarbage();
  return process.memoryUsage();
}
