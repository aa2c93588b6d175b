// SPDX-License-Identifier: MIT
// Columns of a history as data, one per line: CSV with the units in its header (RFC 4180, but with the line ends of
// this system's other text), or JSON.

import { NO_COLUMN, type WatchColumn } from '../column.ts';
import { COUNT_NAMES, sentOf } from '../counts.ts';
import { decodeRttRows, percentileOfRows, type RttRows } from '../rtt-rows.ts';
import { sqlNameOf } from './column-row.ts';
import type { SeriesName } from './series-table.ts';

type Fields = Readonly<Record<string, string | number | boolean | null | object>>;

const PERCENTILES = [50, 90, 95, 99];

/** The same for both formats. Round-trip times are those of replies in time. */
function fieldsOf({ key, name, probe, labels }: SeriesName, column: WatchColumn): Fields {
  const { startMs, widthMs, counts, hostDropped, rttNs, isFinal } = column;
  const rows: RttRows = decodeRttRows(column.rttRows) ?? new Map<number, number>();
  return {
    start: new Date(startMs).toISOString(),
    width_s: widthMs / 1000,
    key,
    target: name,
    probe,
    labels,
    sent: sentOf(counts),
    ...Object.fromEntries(COUNT_NAMES.map((count) => [sqlNameOf(count), counts[count]])),
    host_dropped: hostDropped,
    rtt_min_ns: rttNs?.min ?? null,
    rtt_mean_ns: rttNs === null ? null : Math.round(rttNs.sum / counts.received),
    ...Object.fromEntries(PERCENTILES.map((p) => [`rtt_p${p}_ns`, percentileOfRows(rows, p)])),
    rtt_max_ns: rttNs?.max ?? null,
    is_final: isFinal,
  };
}

/** One column as JSON: besides the fields of CSV, `rtt_rows`, pairs of row and count as the page draws them. */
export function columnJson(series: SeriesName, column: WatchColumn): string {
  const rows = decodeRttRows(column.rttRows) ?? new Map<number, number>();
  return JSON.stringify({ ...fieldsOf(series, column), rtt_rows: [...rows] });
}

/** The first line of the CSV. */
export function columnCsvHeader(): string {
  return Object.keys(fieldsOf(NOBODY, NO_COLUMN)).join(',');
}

/** One column as CSV; missing values are empty. */
export function columnCsv(series: SeriesName, column: WatchColumn): string {
  return Object.values(fieldsOf(series, column)).map(csvField).join(',');
}

function csvField(value: Fields[string]): string {
  if (value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const NOBODY: SeriesName = { key: '', name: '', probe: '', labels: {} };
