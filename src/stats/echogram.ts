// SPDX-License-Identifier: MIT
// The picture of a path as counts. Columns are intervals of send time, rows are round-trip times on a logarithmic
// scale, and each column has the outcomes of its probes. It takes constant memory: when a run outgrows its columns,
// each pair is merged, and the width doubles.

/** Maximum columns of a picture. */
export const ECHOGRAM_COLUMNS = 512;

/** Rows per power of two, each a 32nd of it high: a row's height is 1/32 to 1/64 of its values. */
export const ECHOGRAM_ROWS_PER_OCTAVE = 32;

/** Lower end of the first row, which also holds smaller values. */
export const ECHOGRAM_LOWEST_NS = 1024;

/** From 2^10 ns to 2^37 ns, which is 137 s; the last row also holds larger values. */
const OCTAVES = 27;

export const ECHOGRAM_ROWS = OCTAVES * ECHOGRAM_ROWS_PER_OCTAVE;

/** Minimum width of a column at the start. */
const NARROWEST_NS = 1e6;

/** Divisors for each octave, chosen so that the first row begins at 32. */
const HEIGHTS_NS = Float64Array.from(
  { length: OCTAVES },
  (_, octave) => (ECHOGRAM_LOWEST_NS / ECHOGRAM_ROWS_PER_OCTAVE) * 2 ** octave,
);

const HIGHEST_NS = ECHOGRAM_LOWEST_NS * 2 ** OCTAVES;

/**
 * A picture as plain data, for JSON and structured clone. Each list has an entry for each column, from the start of the
 * session to the last column in which a probe was sent or should have been. `sent` minus `received`, `lost` and `late`
 * were still waiting for a reply. Events after the last column, during the final wait for replies, are in that column.
 */
export interface EchogramSummary {
  /** Increases when a field changes its meaning or is removed. */
  readonly version: 1;
  /** Column i holds the probes sent from i to i + 1 times this after the session's start. */
  readonly columnNs: number;
  readonly lowestNs: typeof ECHOGRAM_LOWEST_NS;
  readonly rowsPerOctave: typeof ECHOGRAM_ROWS_PER_OCTAVE;
  readonly sent: readonly number[];
  readonly received: readonly number[];
  readonly lost: readonly number[];
  readonly late: readonly number[];
  /** Dropped by this host (buffer or checksum), as far as the engine could tell when. */
  readonly hostDropped: readonly number[];
  readonly sendFailed: readonly number[];
  /** Probes of the column that an ICMP error named; they are among the lost. */
  readonly icmpErrors: readonly number[];
  /** Altered replies and second replies, by arrival time. */
  readonly corrupted: readonly number[];
  readonly duplicate: readonly number[];
  /** Slots skipped because this host was late. */
  readonly skipped: readonly number[];
  /** The longest delay of a probe after its slot. */
  readonly largestSendErrorNs: readonly number[];
  /** The longest stall of the measuring program, by the time at which it resumed. */
  readonly largestStallNs: readonly number[];
  /** For each column its non-empty rows, from the lowest: row, count, row, count, … */
  readonly rttRows: readonly (readonly number[])[];
}

/** Row of a round-trip time in whole nanoseconds; {@link rowLowNs} gives the bounds of a row. */
export function rowOf(rttNs: number): number {
  if (rttNs < ECHOGRAM_LOWEST_NS) return 0;
  if (rttNs >= HIGHEST_NS) return ECHOGRAM_ROWS - 1;
  // Not `Math.log2`, which rounds up just below a power of two: 10 bits above the lowest are octave 0.
  const high = Math.floor(rttNs / 2 ** 32);
  const octave = (high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(rttNs)) - 11;
  return (octave - 1) * ECHOGRAM_ROWS_PER_OCTAVE + Math.floor(rttNs / HEIGHTS_NS[octave]!);
}

/** Lower end of a row; its upper end is the next row's lower end. The row after the last gives the upper end of all. */
export function rowLowNs(row: number): number {
  const octave = Math.floor(row / ECHOGRAM_ROWS_PER_OCTAVE);
  const part = row % ECHOGRAM_ROWS_PER_OCTAVE;
  return ECHOGRAM_LOWEST_NS * 2 ** octave * (1 + part / ECHOGRAM_ROWS_PER_OCTAVE);
}

/**
 * Counts probes at their place in the picture. It takes 3.4 MiB whatever is counted, and is exact to 2^53. Times are
 * nanoseconds since the session's start. Every method takes the time at which its probe was sent, except `hostDropped`,
 * `skipped`, `stalled`, `corrupted` and `duplicate`.
 */
export class Echogram {
  #columnNs: number;
  /** Number of columns in use. */
  #reached = 0;
  /** Number of columns up to the last slot of a probe. */
  #scheduled = 0;
  #lowestRow = ECHOGRAM_ROWS;
  #highestRow = -1;
  readonly #sent = new Float64Array(ECHOGRAM_COLUMNS);
  readonly #received = new Float64Array(ECHOGRAM_COLUMNS);
  readonly #lost = new Float64Array(ECHOGRAM_COLUMNS);
  readonly #late = new Float64Array(ECHOGRAM_COLUMNS);
  readonly #hostDropped = new Float64Array(ECHOGRAM_COLUMNS);
  readonly #sendFailed = new Float64Array(ECHOGRAM_COLUMNS);
  readonly #icmpErrors = new Float64Array(ECHOGRAM_COLUMNS);
  readonly #corrupted = new Float64Array(ECHOGRAM_COLUMNS);
  readonly #duplicate = new Float64Array(ECHOGRAM_COLUMNS);
  readonly #skipped = new Float64Array(ECHOGRAM_COLUMNS);
  readonly #largestSendErrorNs = new Float64Array(ECHOGRAM_COLUMNS);
  readonly #largestStallNs = new Float64Array(ECHOGRAM_COLUMNS);
  readonly #rtt = new Float64Array(ECHOGRAM_COLUMNS * ECHOGRAM_ROWS);

  /**
   * @param intervalNs  between two probes. A column is initially the smallest multiple of it from 1 ms on, so that at a
   * steady rate each column has the same number of slots
   */
  constructor(intervalNs: number) {
    this.#columnNs = intervalNs * Math.ceil(NARROWEST_NS / intervalNs);
  }

  sent(sentNs: number, sendErrorNs: number): void {
    const column = this.#slotAt(sentNs);
    this.#sent[column]!++;
    if (sendErrorNs > this.#largestSendErrorNs[column]!) {
      this.#largestSendErrorNs[column] = sendErrorNs;
    }
  }

  /** A probe that was counted as sent was not sent. */
  sendFailed(sentNs: number): void {
    const column = this.#slotAt(sentNs);
    this.#sent[column]!--;
    this.#sendFailed[column]!++;
  }

  /** A probe that was counted as sent must not be counted. */
  leftOut(sentNs: number): void {
    this.#sent[this.#slotAt(sentNs)]!--;
  }

  /** @param rttNs  whole nanoseconds */
  received(sentNs: number, rttNs: number): void {
    const column = this.#slotAt(sentNs);
    const row = rowOf(rttNs);
    this.#received[column]!++;
    this.#rtt[column * ECHOGRAM_ROWS + row]!++;
    if (row < this.#lowestRow) this.#lowestRow = row;
    if (row > this.#highestRow) this.#highestRow = row;
  }

  lost(sentNs: number): void {
    this.#lost[this.#slotAt(sentNs)]!++;
  }

  /** A probe that was counted as lost got a reply after all. */
  late(sentNs: number): void {
    const column = this.#slotAt(sentNs);
    this.#lost[column]!--;
    this.#late[column]!++;
  }

  /** An ICMP error named the probe, which is lost. */
  namedByIcmp(sentNs: number): void {
    this.#icmpErrors[this.#slotAt(sentNs)]!++;
  }

  /** An altered reply. @param atNs  when it arrived */
  corrupted(atNs: number): void {
    this.#corrupted[this.#columnAt(atNs)]!++;
  }

  /** A second reply to a probe. @param atNs  when it arrived */
  duplicate(atNs: number): void {
    this.#duplicate[this.#columnAt(atNs)]!++;
  }

  /** Skipped slots. @param slotNs  when the first of them should have been sent */
  skipped(slotNs: number, slots = 1): void {
    const column = this.#slotAt(slotNs);
    this.#skipped[column] = this.#skipped[column]! + slots;
  }

  /** The program stalled. @param atNs  when it resumed */
  stalled(delayNs: number, atNs: number): void {
    const column = this.#columnAt(atNs);
    this.#largestStallNs[column] = Math.max(this.#largestStallNs[column]!, delayNs);
  }

  /** Datagrams that this host dropped (buffer or checksum). @param atNs  when that was noticed */
  hostDropped(count: number, atNs: number): void {
    const column = this.#columnAt(atNs);
    this.#hostDropped[column] = this.#hostDropped[column]! + count;
  }

  summary(): EchogramSummary {
    const columns = this.#columns();
    const listOf = (counts: Float64Array): number[] => [...counts.subarray(0, columns)];
    return {
      version: 1,
      columnNs: this.#columnNs,
      lowestNs: ECHOGRAM_LOWEST_NS,
      rowsPerOctave: ECHOGRAM_ROWS_PER_OCTAVE,
      sent: listOf(this.#sent),
      received: listOf(this.#received),
      lost: listOf(this.#lost),
      late: listOf(this.#late),
      hostDropped: this.#untilEnd(this.#hostDropped, add),
      sendFailed: listOf(this.#sendFailed),
      icmpErrors: listOf(this.#icmpErrors),
      corrupted: this.#untilEnd(this.#corrupted, add),
      duplicate: this.#untilEnd(this.#duplicate, add),
      skipped: listOf(this.#skipped),
      largestSendErrorNs: listOf(this.#largestSendErrorNs).map(Math.round),
      largestStallNs: this.#untilEnd(this.#largestStallNs, larger).map(Math.round),
      rttRows: Array.from({ length: columns }, (_, column) => this.#rowsOf(column)),
    };
  }

  /** Number of columns up to the last slot; events before any slot have a column too. */
  #columns(): number {
    return Math.min(this.#reached, Math.max(1, this.#scheduled));
  }

  /** Merges events after the last slot into its column. */
  #untilEnd(values: Float64Array, combine: (a: number, b: number) => number): number[] {
    const columns = this.#columns();
    const list = [...values.subarray(0, columns)];
    if (columns > 0)
      list[columns - 1] = values.subarray(columns - 1, this.#reached).reduce(combine);
    return list;
  }

  #rowsOf(column: number): number[] {
    const rows: number[] = [];
    for (let row = this.#lowestRow; row <= this.#highestRow; row++) {
      const count = this.#rtt[column * ECHOGRAM_ROWS + row]!;
      if (count > 0) rows.push(row, count);
    }
    return rows;
  }

  /** The column of a time at which a probe was sent or should have been sent. */
  #slotAt(atNs: number): number {
    const column = this.#columnAt(atNs);
    if (column >= this.#scheduled) this.#scheduled = column + 1;
    return column;
  }

  #columnAt(atNs: number): number {
    // A time before the start is due to a clock's rounding.
    let column = Math.max(0, Math.floor(atNs / this.#columnNs));
    while (column >= ECHOGRAM_COLUMNS) {
      this.#halve();
      column = Math.floor(atNs / this.#columnNs);
    }
    if (column >= this.#reached) this.#reached = column + 1;
    return column;
  }

  /** Merges each pair of columns. */
  #halve(): void {
    this.#columnNs *= 2;
    this.#reached = Math.ceil(this.#reached / 2);
    this.#scheduled = Math.ceil(this.#scheduled / 2);
    const outcomes = [this.#sent, this.#received, this.#lost, this.#late, this.#icmpErrors];
    const asides = [this.#hostDropped, this.#sendFailed, this.#skipped];
    const datagrams = [this.#corrupted, this.#duplicate];
    for (const counts of [...outcomes, ...asides, ...datagrams]) addPairs(counts, 1, 0, 0);
    keepLargerOfPairs(this.#largestSendErrorNs);
    keepLargerOfPairs(this.#largestStallNs);
    addPairs(this.#rtt, ECHOGRAM_ROWS, this.#lowestRow, this.#highestRow);
  }
}

function add(a: number, b: number): number {
  return a + b;
}

function larger(a: number, b: number): number {
  return Math.max(a, b);
}

/** Adds up each pair of columns, in the rows from `lowest` to `highest`. */
function addPairs(counts: Float64Array, rows: number, lowest: number, highest: number): void {
  const middle = ECHOGRAM_COLUMNS / 2;
  for (let column = 0; column < middle; column++) {
    for (let row = lowest; row <= highest; row++) {
      const first = counts[2 * column * rows + row]!;
      counts[column * rows + row] = first + counts[(2 * column + 1) * rows + row]!;
    }
  }
  counts.fill(0, middle * rows);
}

function keepLargerOfPairs(values: Float64Array): void {
  const middle = ECHOGRAM_COLUMNS / 2;
  for (let column = 0; column < middle; column++) {
    values[column] = Math.max(values[2 * column]!, values[2 * column + 1]!);
  }
  values.fill(0, middle);
}
