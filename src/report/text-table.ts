// SPDX-License-Identifier: MIT
// A table of text, its columns aligned to the right.

/** The table, transposed if it is too wide. */
export function fittingTable(rows: readonly (readonly string[])[], columns = Infinity): string[] {
  const table = alignColumns(rows);
  return Math.max(...table.map((line) => line.length)) <= columns
    ? table
    : alignColumns(rows[0]!.map((_, column) => rows.map((row) => row[column]!)));
}

export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padStart(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}
