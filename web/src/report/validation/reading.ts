// What a reader did with lines that are not as they should be, in words.

import type { ReadNote, SideReport } from '../../api/schema';
import { percent, plural } from '../../text/figures';

/** What each kind says happened; the command line and the exports use the same words. */
const WORDS: Record<string, string> = {
  stray_quote: 'A quote that stood where none may stand, or was never closed, was read as text',
  lost_delimiter: 'A delimiter that was missing between two quoted cells was put in',
  trailing_delimiter: 'Empty cells behind the last column were left out',
  other_delimiter: 'The row had another delimiter than the rest, and was read with it',
  other_quote: 'The row had another quote than the rest, and was read with it',
  broken_character: 'Bytes that are no characters were read in another encoding',
  short_row: 'The row had too few cells; empty ones were put in',
  long_row: 'The row had too many cells; some were joined or left out',
  preamble: 'Lines above the table',
  comment: 'Comments',
  footer: 'Lines below the table',
  other_table: 'Lines of another table in the file',
};

/** A line of the table of what happened: one kind, with the first of its places. */
export interface Happening {
  key: string;
  fate: 'repaired' | 'left out';
  words: string;
  count: number;
  places: ReadNote['examples'];
}

/** What was repaired and left out of a side, in the order of the report. */
export function happenings({ reading }: SideReport): Happening[] {
  const of = (fate: Happening['fate'], notes: readonly ReadNote[] = []): Happening[] =>
    notes.map(({ kind, count, examples }) => ({
      key: `${fate} ${kind}`,
      fate,
      words: WORDS[kind] ?? kind.replaceAll('_', ' '),
      count,
      places: examples,
    }));
  return [...of('repaired', reading?.repairs), ...of('left out', reading?.asides)];
}

/** Rows that were repaired. */
export function repairedRows({ reading }: SideReport): number {
  return total(reading?.repairs);
}

/** Lines that were left out. */
export function linesLeftOut({ reading }: SideReport): number {
  return total(reading?.asides);
}

/** Lines of other tables in the file: the only ones left out that may be missed. */
export function linesOfOtherTables({ reading }: SideReport): number {
  return total(reading?.asides?.filter(({ kind }) => kind === 'other_table'));
}

/** The answer in a sentence: `3 rows could not be read (0.2 %), 12 rows were repaired, 1 line was left out.` */
export function readingSentence(side: SideReport): string {
  const { rows } = side.quarantine;
  const were = (many: number) => (many === 1 ? 'was' : 'were');
  const repaired = repairedRows(side);
  const leftOut = linesLeftOut(side);
  const parts = [
    rows > 0 ? `${plural(rows, 'row')} could not be read (${percent(rows / (side.rows + rows))})` : '',
    repaired > 0 ? `${plural(repaired, 'row')} ${were(repaired)} repaired` : '',
    leftOut > 0 ? `${plural(leftOut, 'line')} ${were(leftOut)} left out` : '',
  ].filter(Boolean);
  return parts.length === 0 ? '' : `${parts.join(', ')}.`;
}

/** Where a line stands: `row 12`, or that it stands above the first one. */
export function rowInWords(row: number, write: (row: number) => string): string {
  return row === 0 ? 'above the first row' : `row ${write(row)}`;
}

function total(notes: readonly ReadNote[] | undefined): number {
  return (notes ?? []).reduce((sum, { count }) => sum + count, 0);
}
