import type { Check, DatasetDetails } from '../../../api/schema';
import { plural } from '../../../text/figures';
import { holds } from '../../../text/search';
import { written } from '../../../text/written';

export const TABS = ['preview', 'columns', 'cells', 'file', 'checks', 'contract', 'settings'] as const;
export type Tab = (typeof TABS)[number];

export function tabOf(text: string | undefined): Tab {
  return TABS.find((tab) => tab === text) ?? 'preview';
}

/** How a file is written, as the service found it. */
interface Dialect {
  format?: string;
  packed_in?: string;
  delimiter?: string;
  quote?: string;
  encoding?: string;
  newline?: string;
  has_header?: boolean;
  preamble_rows?: number;
}

const DELIMITERS: Record<string, string> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'vertical bars',
  ' ': 'blanks',
};
const QUOTES: Record<string, string> = { '': 'none', '"': 'double quotes (")', "'": "single quotes (')" };
const NEWLINES: Record<string, string> = { '\n': 'LF', '\r\n': 'CR LF', '\r': 'CR' };

/** How a file is written, in words, part by part. */
export function dialectWords(dialect: Dialect): { name: string; value: string }[] {
  const { format, packed_in, delimiter, quote, encoding, newline, has_header, preamble_rows = 0 } = dialect;
  const words: { name: string; value: string }[] = [];
  if (format !== undefined) {
    words.push({ name: 'Format', value: packed_in === undefined ? format : `${format} in ${packed_in}` });
  }
  if (delimiter !== undefined) {
    const known = DELIMITERS[delimiter];
    words.push({ name: 'Between values', value: known === undefined ? shown(delimiter) : known });
  }
  if (quote !== undefined) {
    words.push({ name: 'Around values where needed', value: QUOTES[quote] ?? shown(quote) });
  }
  if (has_header !== undefined) {
    words.push({ name: 'Names of columns', value: has_header ? 'in the first record' : 'none: they were numbered' });
  }
  if (preamble_rows > 0) words.push({ name: 'Lines above the table', value: `${preamble_rows}, left out` });
  if (newline !== undefined) words.push({ name: 'End of a line', value: NEWLINES[newline] ?? shown(newline) });
  if (encoding !== undefined) words.push({ name: 'Encoding', value: encoding.toUpperCase() });
  return words;
}

function shown(sign: string): string {
  return `“${sign}”`;
}

/** One column as the first look shows it. */
export interface ColumnLine {
  key: string;
  place: number;
  name: string;
  kind: string;
  /** Values of the first rows, each once. */
  examples: string[];
}

/** How many examples a column has. */
const EXAMPLES = 4;

export function columnLines({ columns, preview }: DatasetDetails, search: string): ColumnLine[] {
  return columns
    .map(([name = '', kind = ''], index) => ({ key: String(index), place: index + 1, name, kind, index }))
    .filter(({ name, kind }) => holds(`${name} ${kind}`, search))
    .map(({ index, ...line }) => {
      const values = new Set<string>();
      for (const row of preview) {
        const value = row[index];
        if (value != null && value !== '') values.add(value);
        if (values.size === EXAMPLES) break;
      }
      return { ...line, examples: [...values] };
    });
}

/** How many columns there are of each kind: `13 numbers, 5 texts, 1 datetime`. */
export function kindsInWords(columns: readonly string[][]): string {
  const many = new Map<string, number>();
  for (const [, kind = 'unknown'] of columns) many.set(kind, (many.get(kind) ?? 0) + 1);
  return [...many]
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => `${count} ${count === 1 ? kind : `${kind}s`}`)
    .join(', ');
}

/** Whether a check has the dataset on one of its sides. */
export function usesDataset(id: string): (check: Check) => boolean {
  return ({ current, reference }) => [current, reference].some((side) => 'dataset' in side && side.dataset === id);
}

/** Columns that are named where values are masked. */
const NAMED = 4;

/** That values are masked: `Values of 2 columns with personal data (email, phone) are masked.` */
export function maskedInWords(columns: readonly string[]): string {
  const more = columns.length > NAMED ? ` and ${columns.length - NAMED} more` : '';
  const names = columns.slice(0, NAMED).map(written).join(', ');
  return `Values of ${plural(columns.length, 'column')} with personal data (${names}${more}) are masked.`;
}
