// Cells that are probably wrong: what is shown of them, and in which order.

import type { CellReport, CellSuspect } from '../../api/schema';
import { count, plural } from '../../text/figures';
import { holds } from '../../text/search';
import { field } from '../csv';

/** What is shown, whether it is of a dataset or of the current data of a check. */
export type Suspected = Pick<CellReport, 'headline' | 'methods' | 'cells_suspected' | 'columns' | 'suspects'>;

export const SORTS = ['sure', 'column', 'row', 'value', 'rows'] as const;
export type Sort = (typeof SORTS)[number];
export type Direction = 'rising' | 'falling';

/** The direction in which people expect an order to begin. */
export function usualDirection(sort: Sort): Direction {
  return sort === 'sure' || sort === 'rows' ? 'falling' : 'rising';
}

/** What each method looks for, in words that need no manual. */
const METHODS: Record<string, string> = {
  typo: 'slips of the finger',
  format: 'values written differently from nearly all others',
  misplaced: 'values that belong to another column',
  dependency: 'cells that are not what another column of the row decides',
  spelled_differently: 'other capitals, blanks, marks and accents',
  magnitude: 'numbers ten, a hundred or a thousand times too large or too small',
};

export function methodWords(id: string): string {
  return METHODS[id] ?? id.replaceAll('_', ' ');
}

/** What was looked for, as one sentence. */
export function lookedFor(methods: readonly string[]): string {
  const words = methods.map(methodWords);
  const last = words.pop();
  if (last === undefined) return '';
  return words.length === 0 ? last : `${words.join('; ')}; and ${last}`;
}

/** A suspect with a key of its own. */
export interface CellLine {
  key: string;
  suspect: CellSuspect;
  /** Number of its first row; 0 where none is known. */
  row: number;
}

interface View {
  search: string;
  column: string | undefined;
  sort: Sort;
  direction: Direction;
}

/** The suspects that are asked for, in the order that is asked for. */
export function chosenCells(suspects: readonly CellSuspect[], { search, column, sort, direction }: View): CellLine[] {
  const lines = suspects
    .map((suspect, index) => ({ key: String(index), suspect, row: suspect.places[0]?.row ?? 0 }))
    .filter(({ suspect }) => column === undefined || suspect.column === column)
    .filter(({ suspect: { column, value, suggestion, reason } }) =>
      holds([column, value, suggestion ?? '', reason].join(' '), search),
    );
  const rank = compareBy(sort);
  // Sorting is stable: equals stay surest first, as they came.
  return lines.sort((a, b) => (direction === 'rising' ? rank(a, b) : rank(b, a)));
}

function compareBy(sort: Sort): (a: CellLine, b: CellLine) => number {
  const text = (of: (line: CellLine) => string) => (a: CellLine, b: CellLine) => of(a).localeCompare(of(b), 'en', { numeric: true });
  switch (sort) {
    case 'sure':
      return (a, b) => a.suspect.confidence - b.suspect.confidence;
    case 'column':
      return text(({ suspect }) => suspect.column);
    case 'value':
      return text(({ suspect }) => suspect.value);
    case 'row':
      return (a, b) => a.row - b.row;
    case 'rows':
      return (a, b) => a.suspect.rows - b.suspect.rows;
  }
}

/** Where a suspect stands: `17`, or `17 and 3 more`. */
export function rowsInWords({ suspect, row }: CellLine): string {
  return suspect.rows > 1 ? `${count(row)} and ${count(suspect.rows - 1)} more` : count(row);
}

/** What is not listed, in a sentence; nothing when everything is. */
export function unlistedInWords(columns: Suspected['columns']): string {
  const left = columns.reduce((sum, { left_out }) => sum + left_out, 0);
  return left === 0 ? '' : `${plural(left, 'more different suspect')} ${left === 1 ? 'is' : 'are'} counted and not listed.`;
}

/** Suspects as CSV, with the columns of `driftline cells --format csv`. */
export function cellsAsCsv(lines: readonly CellLine[]): string {
  const head = ['column', 'method', 'confidence', 'rows', 'source', 'row', 'byte_offset', 'value', 'suggestion', 'reason'];
  const rows = lines.map(({ suspect }) => {
    const { column, method, confidence, rows, places, value, suggestion, reason } = suspect;
    const first = places[0];
    const place = [first?.source ?? '', first === undefined ? '' : String(first.row), first === undefined ? '' : String(first.byte_offset)];
    return [column, method, String(confidence), String(rows), ...place, value, suggestion ?? '', reason];
  });
  return [head, ...rows].map((line) => line.map(field).join(',')).join('\r\n') + '\r\n';
}
