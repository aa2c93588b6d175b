// SPDX-License-Identifier: MIT
// The clients of a relay, limited in number. Silent clients are dropped, and an address that fills all places displaces
// only its own clients.

import { sourceOf, whoGivesWay } from '../socket/who-gives-way.ts';
import type { SocketAddress } from '../socket/ip-address.ts';
import type { Source } from './source.ts';

/** A client that has sent something within this time is active, and gives way only to an address with fewer places. */
const ACTIVE_MS = 10_000;

export class SourceTable {
  readonly #limit: number;
  /** Keyed by `keyOf`; the longest silent first. */
  readonly #sources = new Map<string, Source>();
  /** Number of sources of each address, by `Source.source`. */
  readonly #places = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get count(): number {
    return this.#sources.size;
  }

  [Symbol.iterator](): Iterator<Source> {
    return this.#sources.values();
  }

  /** The source of this client, which has just sent something. */
  hear(key: string, nowMs: number): Source | undefined {
    const source = this.#sources.get(key);
    if (source === undefined) return undefined;
    source.lastHeardMs = nowMs;
    this.#sources.delete(key);
    this.#sources.set(key, source);
    return source;
  }

  /**
   * Finds a place for a new client.
   *
   * @returns the source that must give way; `null` if a place is free, `undefined` if there is no place
   */
  placeFor({ address }: SocketAddress, nowMs: number): Source | null | undefined {
    if (this.#sources.size < this.#limit) return null;
    const candidate = whoGivesWay(this.#sources.values())!;
    const isSilent = nowMs - candidate.lastHeardMs >= ACTIVE_MS;
    // After taking the place, the newcomer's address must not have more places than the other.
    const isFairer = this.#placesOf(candidate.source) > this.#placesOf(sourceOf(address)) + 1;
    return isSilent || isFairer ? candidate : undefined;
  }

  add(key: string, source: Source, nowMs: number): void {
    source.lastHeardMs = nowMs;
    this.#sources.set(key, source);
    this.#places.set(source.source, this.#placesOf(source.source) + 1);
  }

  /** Removes a source. @returns false if it was not in the table */
  remove(key: string, source: Source): boolean {
    if (this.#sources.get(key) !== source) return false;
    this.#sources.delete(key);
    const places = this.#placesOf(source.source) - 1;
    if (places === 0) this.#places.delete(source.source);
    else this.#places.set(source.source, places);
    return true;
  }

  /** The sources that have been silent since `sinceMs`, the longest first. */
  silentSince(sinceMs: number): readonly Source[] {
    const silent: Source[] = [];
    for (const source of this.#sources.values()) {
      if (source.lastHeardMs > sinceMs) break;
      silent.push(source);
    }
    return silent;
  }

  #placesOf(address: string): number {
    return this.#places.get(address) ?? 0;
  }
}

/** Identifies a client: its address and port, and the address that it sends to. */
export function keyOf({ address, port }: SocketAddress, local: SocketAddress): string {
  return `${address} ${port} ${local.address}`;
}
