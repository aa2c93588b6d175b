// SPDX-License-Identifier: MIT
// The host names of a watch, and the current address of each. A name is looked up again when its answer expires; one
// that can't be looked up keeps its last good address.

import { literalAddress, type HostAddress, type IpVersion } from '../../socket/resolve.ts';
import { chooseAddress } from './choose-address.ts';
import type { Addresses, HostLookup } from './host-lookup.ts';

/** Maximum concurrent lookups: more would burden a name server. */
const MOST_LOOKUPS = 16;

/** Limits of the time for which an answer is valid. */
const SHORTEST_TTL_MS = 5000;
const LONGEST_TTL_MS = 300_000;

/** The pause after a failure; it doubles with each further failure, up to the second value. */
const FIRST_RETRY_MS = 5000;
const LAST_RETRY_MS = 60_000;

export interface HostName {
  readonly host: string;
  /** `undefined` means both. */
  readonly ipVersion: IpVersion | undefined;
}

/** What is known about a name. */
export interface NameState {
  /** The last good one; `undefined` if there was none. */
  readonly address: HostAddress | undefined;
  /** Node's code of the latest lookup; `null` if it returned addresses, or none has ended. */
  readonly error: string | null;
  /** Failed lookups. */
  readonly failures: number;
}

interface Entry extends HostName {
  state: NameState;
  /** Since the last success. */
  failuresInRow: number;
  isAsked: boolean;
  timer: NodeJS.Timeout | undefined;
}

export class NameBook implements Disposable {
  readonly #lookup: Pick<HostLookup, 'addresses' | 'knownAddresses'>;
  readonly #onChange: () => void;
  readonly #entries = new Map<string, Entry>();
  /** Names to look up, the longest waiting first. */
  readonly #queue = new Set<Entry>();
  #running = 0;
  #isClosed = false;

  /** @param onChange  called after a lookup that changed what is known */
  constructor(lookup: Pick<HostLookup, 'addresses' | 'knownAddresses'>, onChange: () => void) {
    this.#lookup = lookup;
    this.#onChange = onChange;
  }

  /** Sets the names to look up. */
  set(names: Iterable<HostName>): void {
    const wanted = new Map([...names].map((name) => [keyOf(name), name] as const));
    for (const [key, entry] of this.#entries) {
      if (!wanted.has(key)) this.#forget(key, entry);
    }
    for (const [key, name] of wanted) {
      if (!this.#entries.has(key)) this.#add(key, name);
    }
    this.#pump();
  }

  /** `undefined` for a name that was not set. */
  stateOf(name: HostName): NameState | undefined {
    return this.#entries.get(keyOf(name))?.state;
  }

  /** True once each name was looked up, whether or not it was found. */
  get isSettled(): boolean {
    return [...this.#entries.values()].every(({ isAsked }) => isAsked);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    for (const [key, entry] of this.#entries) this.#forget(key, entry);
  }

  #forget(key: string, entry: Entry): void {
    clearTimeout(entry.timer);
    this.#queue.delete(entry);
    this.#entries.delete(key);
  }

  #add(key: string, { host, ipVersion }: HostName): void {
    const literal = literalAddress(host);
    const isWrongVersion = ipVersion !== undefined && literal?.ipVersion !== ipVersion;
    const state = {
      address: isWrongVersion ? undefined : literal,
      error: literal !== undefined && isWrongVersion ? 'EAFNOSUPPORT' : null,
      failures: 0,
    };
    const isAsked = literal !== undefined;
    const entry: Entry = { host, ipVersion, state, failuresInRow: 0, isAsked, timer: undefined };
    this.#entries.set(key, entry);
    if (literal === undefined) this.#enqueue(entry);
  }

  /** Names in files need no name server, and don't wait for a slow one. */
  #enqueue(entry: Entry): void {
    const known = this.#lookup.knownAddresses(entry.host, entry.ipVersion);
    if (known === undefined) this.#queue.add(entry);
    else this.#take(entry, known);
  }

  #pump(): void {
    for (const entry of this.#queue) {
      if (this.#running >= MOST_LOOKUPS) return;
      this.#queue.delete(entry);
      void this.#ask(entry);
    }
  }

  async #ask(entry: Entry): Promise<void> {
    this.#running++;
    const answer = await this.#lookup.addresses(entry.host, entry.ipVersion);
    this.#running--;
    if (this.#isClosed) return;
    if (this.#entries.get(keyOf(entry)) === entry) this.#take(entry, answer);
    this.#pump();
  }

  #take(entry: Entry, answer: Addresses): void {
    const before = entry.state;
    const isFirst = !entry.isAsked;
    const { error } = answer;
    const chosen = chooseAddress(answer.addresses, answer.unknown, before.address);
    entry.isAsked = true;
    entry.failuresInRow = error === null ? 0 : entry.failuresInRow + 1;
    entry.state = {
      address: error === null ? chosen : before.address,
      error,
      failures: before.failures + (error === null ? 0 : 1),
    };
    this.#askAgain(entry, answer);
    const isSame = before.address?.address === entry.state.address?.address;
    if (isFirst || !isSame || error !== before.error) this.#onChange();
  }

  #askAgain(entry: Entry, { error, ttlMs }: Addresses): void {
    const retryMs = FIRST_RETRY_MS * 2 ** Math.min(entry.failuresInRow - 1, 10);
    const pauseMs =
      error === null
        ? Math.min(Math.max(ttlMs, SHORTEST_TTL_MS), LONGEST_TTL_MS)
        : Math.min(retryMs, LAST_RETRY_MS);
    entry.timer = setTimeout(() => {
      this.#enqueue(entry);
      this.#pump();
    }, pauseMs);
    entry.timer.unref();
  }
}

function keyOf({ host, ipVersion }: HostName): string {
  return `${host} ${ipVersion ?? ''}`;
}
