// SPDX-License-Identifier: MIT
// Who looks at a live page: a few, each with at most one snapshot that it has not yet taken.

import type { ServerResponse } from 'node:http';
import type { Connection } from '../http/connection.ts';
import { whoGivesWay, type Guest } from '../http/who-gives-way.ts';

/** Pages that are open at once; one more takes the place of another, whose browser asks again. */
const MOST_VIEWERS = 8;

/** A snapshot not taken within this time has no reader any more. */
const TAKE_MS = 30_000;

/** How long the last snapshot may take to reach its readers. */
const LAST_MS = 1000;

export class Viewers {
  readonly #viewers = new Set<Viewer>();

  /** Whether somebody has taken all that there was. */
  get areWaiting(): boolean {
    return [...this.#viewers].some(({ isBehind }) => !isBehind);
  }

  add(response: ServerResponse, connection: Connection, snapshot: Uint8Array | undefined): void {
    if (this.#viewers.size >= MOST_VIEWERS) this.#drop(whoGivesWay(this.#viewers)!);
    const viewer = new Viewer(response, connection);
    this.#viewers.add(viewer);
    response.on('close', () => this.#viewers.delete(viewer));
    connection.follow();
    viewer.show(snapshot);
  }

  /** To those who have taken the one before; the others miss it. */
  show(snapshot: Uint8Array | undefined): void {
    for (const viewer of this.#viewers) if (!viewer.isBehind) viewer.show(snapshot);
  }

  /** Sends the last one, and waits a moment for it to arrive. */
  async end(snapshot: Uint8Array): Promise<void> {
    const arrivals = [...this.#viewers].map((viewer) => viewer.end(snapshot));
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LAST_MS);
    });
    await Promise.race([Promise.all(arrivals), patience]);
    clearTimeout(timer);
  }

  #drop(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    viewer.connection.cut('too_many');
  }
}

class Viewer implements Guest {
  readonly connection: Connection;
  readonly #response: ServerResponse;

  constructor(response: ServerResponse, connection: Connection) {
    this.#response = response;
    this.connection = connection;
  }

  get source(): string {
    return this.connection.source;
  }

  get standing(): number {
    return this.isBehind ? 0 : 1;
  }

  get isBehind(): boolean {
    return this.#response.writableLength > 0;
  }

  show(snapshot: Uint8Array | undefined): void {
    if (snapshot === undefined) return;
    this.connection.finishWithin(TAKE_MS);
    this.#response.write(snapshot, () => {
      this.connection.finishWithin(undefined);
    });
  }

  async end(snapshot: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#response.once('close', resolve);
      this.#response.end(snapshot, resolve);
    });
  }
}
