// SPDX-License-Identifier: MIT
// The memory that probes are written into for node:dgram. node:dgram may keep what it could not send yet, so no
// payload's place is used twice.

import type { ProbeBatch } from '../probe-channel.ts';

/**
 * Maximum probes sent in one turn, as many as libuv reads replies in one. If more are due than can be sent, some always
 * are; without a limit no reply would be read until the last slot.
 */
const CAPACITY = 32;

/** Number of payloads in one piece of memory, so that it lasts for several turns. */
const LEAST_PLACES = 4 * CAPACITY;
const MEMORY_BYTES = 65_536;

export class PortableProbeBatch implements ProbeBatch {
  readonly capacity = CAPACITY;
  readonly payloadBytes = new Uint32Array(CAPACITY);
  readonly ports = new Uint32Array(CAPACITY);
  readonly peers = new Uint32Array(CAPACITY);
  readonly tickets = new Float64Array(CAPACITY);
  readonly #mostBytes: number;
  readonly #places: number;
  #view: DataView;
  /** The place of the first entry. */
  #first = 0;

  /** @param mostBytes  the longest payload */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
    this.#places = Math.max(LEAST_PLACES, Math.floor(MEMORY_BYTES / mostBytes));
    this.#view = this.#newMemory();
  }

  get view(): DataView {
    return this.#view;
  }

  startOf(entry: number): number {
    return (this.#first + entry) * this.#mostBytes;
  }

  payloadOf(entry: number): Uint8Array {
    return new Uint8Array(this.#view.buffer, this.startOf(entry), this.payloadBytes[entry]);
  }

  /** Gives up the memory of the first entries. */
  letGo(entries: number): void {
    this.#first += entries;
    if (this.#first + this.capacity <= this.#places) return;
    this.#first = 0;
    this.#view = this.#newMemory();
  }

  #newMemory(): DataView {
    return new DataView(Buffer.allocUnsafeSlow(this.#places * this.#mostBytes).buffer);
  }
}
