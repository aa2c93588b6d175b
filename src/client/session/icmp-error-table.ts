// SPDX-License-Identifier: MIT
// Counts ICMP errors by sender and kind, in bounded memory: whoever forges them can't fill it.

/** An ICMP error that came. */
export interface IcmpError {
  /** The system's name for it, such as ECONNREFUSED. */
  readonly systemCode: string;
  /** Who sent it, and its type and code; `null` where the system doesn't tell. */
  readonly from: string | null;
  readonly icmpType: number | null;
  readonly icmpCode: number | null;
}

/** How often one sender sent one kind of ICMP error. */
export interface IcmpErrorCount extends IcmpError {
  readonly count: number;
}

/** Senders and kinds that are told apart; what is beyond counts without a sender. */
const MAX_ROWS = 64;

/** Kinds without a sender are few, as the kernel makes errors of few; a recording may tell of any. */
const MAX_KINDS = 1023;

/** What is beyond those too. */
const OTHER: IcmpError = { systemCode: 'UNKNOWN', from: null, icmpType: null, icmpCode: null };

export class IcmpErrorTable {
  readonly #rows = new Map<string, { readonly error: IcmpError; count: number }>();

  add(error: IcmpError): void {
    const row = this.#rowOf(error, MAX_ROWS) ?? this.#rowOf({ ...error, from: null }, MAX_KINDS);
    (row ?? this.#rowOf(OTHER, Infinity)!).count++;
  }

  /** In the order in which they first came. */
  summary(): readonly IcmpErrorCount[] {
    return [...this.#rows.values()].map(({ error, count }) => ({ ...error, count }));
  }

  /** `undefined` where it would be more than `most`. */
  #rowOf(error: IcmpError, most: number): { count: number } | undefined {
    const { systemCode, from, icmpType, icmpCode } = error;
    const key = `${systemCode} ${from ?? ''} ${icmpType ?? ''} ${icmpCode ?? ''}`;
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    if (this.#rows.size >= most) return undefined;
    // Whoever tells of it may write the next one into the same object.
    const row = { error: { systemCode, from, icmpType, icmpCode }, count: 0 };
    this.#rows.set(key, row);
    return row;
  }
}
