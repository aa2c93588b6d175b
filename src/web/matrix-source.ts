// SPDX-License-Identifier: MIT
// Where the matrix of a watch is from: Prometheus, or this node's own row.

import type { NodeIdentity } from '../http/node-identity.ts';
import type { WatchView } from '../watch/watch-view.ts';
import { meshMatrix } from './mesh-matrix.ts';
import { Prometheus } from './prometheus.ts';
import type { ApiMatrix } from './watch-api.ts';
import { ownRow } from './watch-matrix.ts';

/** An answer of Prometheus serves whoever asks within this time, so that many readers cost it no more than one. */
const FRESH_MS = 5000;

/** Moments that are asked for within that time. */
const MOST_MOMENTS = 8;

interface Asked {
  readonly askedAtMs: number;
  readonly matrix: Promise<ApiMatrix>;
}

interface MatrixOptions {
  readonly watch: WatchView;
  readonly node: NodeIdentity;
  /** URL of the Prometheus server that scrapes all nodes; `undefined`: only the own row is known. */
  readonly prometheus: string | undefined;
}

export class MatrixSource implements Disposable {
  readonly #watch: WatchView;
  readonly #node: NodeIdentity;
  readonly #prometheus: Prometheus | undefined;
  /** By moment, oldest first; `undefined` is now. */
  readonly #asked = new Map<number | undefined, Asked>();

  constructor({ watch, node, prometheus }: MatrixOptions) {
    this.#watch = watch;
    this.#node = node;
    if (prometheus !== undefined) this.#prometheus = new Prometheus(prometheus);
  }

  /** @param atMs  the moment that is asked for; now without one */
  async at(atMs: number | undefined): Promise<ApiMatrix> {
    if (this.#prometheus === undefined) return await ownRow(this.#watch, this.#node, atMs);
    try {
      return await this.#askOnce(this.#prometheus, atMs);
    } catch (error) {
      const row = await ownRow(this.#watch, this.#node, atMs);
      return { ...row, error: (error as Error).message };
    }
  }

  [Symbol.dispose](): void {
    this.#prometheus?.[Symbol.dispose]();
  }

  async #askOnce(prometheus: Prometheus, atMs: number | undefined): Promise<ApiMatrix> {
    const askedAtMs = performance.now();
    for (const [moment, asked] of this.#asked) {
      if (askedAtMs - asked.askedAtMs >= FRESH_MS) this.#asked.delete(moment);
    }
    const before = this.#asked.get(atMs);
    if (before !== undefined) return await before.matrix;
    if (this.#asked.size >= MOST_MOMENTS) {
      throw new Error('it is asked for too many moments at once; try again in a few seconds');
    }
    const own = { node: this.#node, targets: this.#watch.targets };
    const matrix = meshMatrix(prometheus, own, atMs ?? Date.now());
    this.#asked.set(atMs, { askedAtMs, matrix });
    return await matrix;
  }
}
