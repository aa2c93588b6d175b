// SPDX-License-Identifier: MIT
// Counts ICMP errors by sender and kind, in bounded memory: forged errors can't fill it.

/** A received ICMP error. */
export interface IcmpError {
  /** The system's name for it, such as ECONNREFUSED. */
  readonly systemCode: string;
  /** Its sender, type and code; `null` if the system doesn't report them. */
  readonly from: string | null;
  readonly icmpType: number | null;
  readonly icmpCode: number | null;
}

/** How many times one sender sent one kind of ICMP error. */
export interface IcmpErrorCount extends IcmpError {
  readonly count: number;
}

/** Maximum combinations of sender and kind; errors beyond these count without a sender. */
const MAX_ROWS = 64;

/** Maximum kinds without a sender. The kernel converts few kinds to errors, but a recording may contain any. */
const MAX_KINDS = 1023;

/** Errors beyond those too. */
const OTHER: IcmpError = { systemCode: 'UNKNOWN', from: null, icmpType: null, icmpCode: null };

export class IcmpErrorTable {
  readonly #rows = new Map<string, { readonly error: IcmpError; count: number }>();

  /** @param count  how many of them */
  add(error: IcmpError, count = 1): void {
    const row = this.#rowOf(error, MAX_ROWS) ?? this.#rowOf({ ...error, from: null }, MAX_KINDS);
    (row ?? this.#rowOf(OTHER, Infinity)!).count += count;
  }

  /** In the order of their first occurrence. */
  summary(): readonly IcmpErrorCount[] {
    return [...this.#rows.values()].map(({ error, count }) => ({ ...error, count }));
  }

  /** `undefined` if there would be more than `most`. */
  #rowOf(error: IcmpError, most: number): { count: number } | undefined {
    const { systemCode, from, icmpType, icmpCode } = error;
    const key = `${systemCode} ${from ?? ''} ${icmpType ?? ''} ${icmpCode ?? ''}`;
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    if (this.#rows.size >= most) return undefined;
    // Copied, because the caller may reuse the object for the next error.
    const row = { error: { systemCode, from, icmpType, icmpCode }, count: 0 };
    this.#rows.set(key, row);
    return row;
  }
}
