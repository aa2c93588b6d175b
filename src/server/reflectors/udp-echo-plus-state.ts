// SPDX-License-Identifier: MIT
// The counters that all threads of a UDPEchoPlus server share (TR-143 appendix A.1.4), in shared memory. A server is
// enabled when it starts, and counts from zero.

const SEQUENCE = 0;
const FAILURES = 1;
const COUNTS = 2;

const FIRST_SECONDS = 0;
const LAST_SECONDS = 1;
const EPOCH_SECONDS = 2;
const TIMES = 3;

const TIMES_AT = COUNTS * Uint32Array.BYTES_PER_ELEMENT;
const MEMORY_BYTES = TIMES_AT + TIMES * Float64Array.BYTES_PER_ELEMENT;

export class UdpEchoPlusState {
  readonly #counts: Int32Array;
  readonly #times: Float64Array;

  /** Creates the memory of a server that starts at this time, in seconds since 1970. */
  static createMemory(startSeconds = Math.floor(Date.now() / 1000)): SharedArrayBuffer {
    const memory = new SharedArrayBuffer(MEMORY_BYTES);
    new Float64Array(memory, TIMES_AT)[EPOCH_SECONDS] = startSeconds;
    return memory;
  }

  constructor(memory: SharedArrayBuffer) {
    this.#counts = new Int32Array(memory, 0, COUNTS);
    this.#times = new Float64Array(memory, TIMES_AT, TIMES);
  }

  /** TestRespSN of the next reply, from 1. */
  nextSequence(): number {
    return Atomics.add(this.#counts, SEQUENCE, 1) + 1;
  }

  addFailure(): void {
    Atomics.add(this.#counts, FAILURES, 1);
  }

  /** Valid requests that were not answered, modulo 2^32. */
  get failures(): number {
    return Atomics.load(this.#counts, FAILURES) >>> 0;
  }

  /** Records when a valid request arrived. If two threads record the first one at once, the later time may win. */
  note(seconds: number, nanoseconds: number): void {
    const time = seconds + nanoseconds / 1e9;
    if (this.#times[FIRST_SECONDS] === 0) this.#times[FIRST_SECONDS] = time;
    this.#times[LAST_SECONDS] = time;
  }

  /** When the first valid request arrived, in seconds since 1970; 0 if none did. */
  get firstSeconds(): number {
    return this.#times[FIRST_SECONDS]!;
  }

  get lastSeconds(): number {
    return this.#times[LAST_SECONDS]!;
  }

  /** A time of day in microseconds since the server started, not yet modulo 2^32. */
  microseconds(seconds: number, nanoseconds: number): number {
    return (seconds - this.#times[EPOCH_SECONDS]!) * 1e6 + Math.floor(nanoseconds / 1000);
  }
}
