import type { RowAnomaly } from '../api/schema';

/** A field of CSV. What a spreadsheet would take for a formula gets an apostrophe in front. */
export function field(value: string): string {
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Strange rows as CSV: a line for each cell to blame, or one for a row that is strange as a whole. */
export function rowsAsCsv(rows: readonly RowAnomaly[]): string {
  const head = ['rank', 'source', 'row', 'byte_offset', 'row_score', 'column', 'value', 'cell_score', 'method', 'reason'];
  const lines = rows.flatMap((row, index) => {
    const start = [String(index + 1), row.source, String(row.row), String(row.byte_offset), String(row.score)];
    if (row.cells.length === 0) return [[...start, '', '', '', '', '']];
    return row.cells.map((cell) => [...start, cell.column, cell.value, String(cell.score), cell.method, cell.reason]);
  });
  return [head, ...lines].map((line) => line.map(field).join(',')).join('\r\n') + '\r\n';
}
