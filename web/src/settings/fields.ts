// Every setting in plain words: one table, from which the editor is drawn.

import type { Settings } from '../api/schema';

export type GroupId = 'sensitivity' | 'thresholds' | 'methods' | 'columns' | 'rows' | 'privacy' | 'csv';

export const GROUPS: readonly { id: GroupId; title: string; about: string }[] = [
  { id: 'sensitivity', title: 'Sensitivity', about: 'How easily a change is called drift.' },
  { id: 'thresholds', title: 'Thresholds', about: 'From what size on a change matters, and how sure it must be.' },
  { id: 'methods', title: 'Methods', about: 'How the distance between reference and current data is measured.' },
  { id: 'columns', title: 'Columns', about: 'What part each column plays, and which are not judged.' },
  { id: 'rows', title: 'Rows', about: 'How single rows are found strange.' },
  { id: 'privacy', title: 'Personal data', about: 'What reports show of values that are about people.' },
  { id: 'csv', title: 'Reading CSV', about: 'How files are taken apart. Changes hold for files read from now on.' },
];

/** A number that is set by a slider and in figures. */
interface RangeField {
  kind: 'range';
  /** What is shown is the value times this. */
  scale: number;
  unit: string;
  min: number;
  max: number;
  step: number;
  /** The end of the slider, in shown units; larger values are typed. */
  sliderMax: number;
}

export type FieldKind =
  | RangeField
  | { kind: 'choice'; choices: readonly { value: string; title: string; about?: string }[] }
  | { kind: 'method' }
  | { kind: 'methods' }
  | { kind: 'rowMethods' }
  | { kind: 'jointMethod' }
  | { kind: 'switch' }
  | { kind: 'delimiter' }
  | { kind: 'text'; maxLength: number }
  | { kind: 'header' }
  | { kind: 'spellings' }
  | { kind: 'bytes' };

/** One setting. */
export interface SettingField {
  /** Where it stands in the settings, as messages of the service name it. */
  key: string;
  group: GroupId;
  title: string;
  hint: string;
  control: FieldKind;
}

const share = (sliderMax: number, step: number): RangeField => {
  return { kind: 'range', scale: 100, unit: '%', min: 0, max: 100, step, sliderMax };
};
const amount = (unit: string, min: number, max: number, step: number, sliderMax: number): RangeField => {
  return { kind: 'range', scale: 1, unit, min, max, step, sliderMax };
};

export const FIELDS: readonly SettingField[] = [
  {
    key: 'drift.sensitivity',
    group: 'sensitivity',
    title: 'Sensitivity',
    hint: '',
    control: {
      kind: 'choice',
      choices: [
        { value: 'low', title: 'Low', about: 'Only large changes: everything has to be twice as large to count.' },
        { value: 'normal', title: 'Normal', about: 'The calibrated default: seldom a false alarm, no real change missed.' },
        { value: 'high', title: 'High', about: 'Small changes too: half the size is enough. Expect more findings.' },
      ],
    },
  },
  {
    key: 'drift.min_mass_moved',
    group: 'thresholds',
    title: 'Least mass moved that matters',
    hint: 'The share of rows that would have to change place to make both sides equal. Smaller changes are stable.',
    control: share(30, 0.5),
  },
  {
    key: 'drift.min_null_change',
    group: 'thresholds',
    title: 'Least change of missing values that matters',
    hint: 'How much the share of missing values may rise or fall before it is told.',
    control: share(30, 0.5),
  },
  {
    key: 'drift.false_discovery_rate',
    group: 'thresholds',
    title: 'False discovery rate',
    hint: 'Of all changes that are told, the share that may be chance. Lower is surer and slower to speak.',
    control: share(20, 0.1),
  },
  {
    key: 'drift.bins',
    group: 'thresholds',
    title: 'Bins for numbers',
    hint: 'Into how many parts the values of a number column are sorted. More see finer changes and need more rows.',
    control: amount('bins', 2, 1000, 1, 100),
  },
  {
    key: 'drift.headline',
    group: 'methods',
    title: 'Headline score',
    hint: 'The score that each column is shown with.',
    control: { kind: 'method' },
  },
  {
    key: 'drift.methods',
    group: 'methods',
    title: 'Further methods',
    hint: 'Reported beside the headline score. They do not change what is called drift.',
    control: { kind: 'methods' },
  },
  {
    key: 'anomalies.column_methods',
    group: 'rows',
    title: 'Strange numbers',
    hint: 'How a single number is found strange.',
    control: { kind: 'rowMethods' },
  },
  {
    key: 'anomalies.z_threshold',
    group: 'rows',
    title: 'Standard deviations that are strange',
    hint: 'For the z-score: a number this far from the mean is strange.',
    control: amount('σ', 0.1, 100, 0.1, 10),
  },
  {
    key: 'privacy.show_personal',
    group: 'privacy',
    title: 'Show personal values',
    hint: 'Otherwise e-mail addresses, phone and card numbers, names and the like are masked in reports, exports and alarms.',
    control: { kind: 'switch' },
  },
  {
    key: 'anomalies.rarity',
    group: 'rows',
    title: 'Rare values count',
    hint: 'Whether categories and patterns that are rare or new make a row strange.',
    control: { kind: 'switch' },
  },
  {
    key: 'anomalies.joint',
    group: 'rows',
    title: 'Whole rows',
    hint: 'How rows are found whose values are ordinary one by one but do not go together.',
    control: { kind: 'jointMethod' },
  },
  {
    key: 'anomalies.threshold',
    group: 'rows',
    title: 'Score from which a row is flagged',
    hint: 'Scores go from 0 (ordinary) to 1 (stranger than any row of the reference).',
    control: amount('', 0, 1, 0.01, 1),
  },
  {
    key: 'anomalies.top',
    group: 'rows',
    title: 'Strangest rows that are kept',
    hint: 'How many rows a report lists.',
    control: amount('rows', 0, 10_000, 1, 200),
  },
  {
    key: 'csv.delimiter',
    group: 'csv',
    title: 'Delimiter',
    hint: 'What stands between two cells.',
    control: { kind: 'delimiter' },
  },
  {
    key: 'csv.quote',
    group: 'csv',
    title: 'Quote',
    hint: 'What encloses a cell that holds delimiters or line breaks, or none. Empty: found out.',
    control: { kind: 'text', maxLength: 4 },
  },
  {
    key: 'csv.escape',
    group: 'csv',
    title: 'Escape',
    hint: 'How a quote within quotes is written: doubled, or a backslash before it. Empty: found out.',
    control: { kind: 'text', maxLength: 9 },
  },
  {
    key: 'csv.encoding',
    group: 'csv',
    title: 'Encoding',
    hint: 'Such as utf-8, windows-1252 or shift_jis. Empty: found out.',
    control: { kind: 'text', maxLength: 40 },
  },
  {
    key: 'csv.has_header',
    group: 'csv',
    title: 'Header',
    hint: 'Whether the first record names the columns.',
    control: { kind: 'header' },
  },
  {
    key: 'csv.header',
    group: 'csv',
    title: 'Records of the header',
    hint: 'How many records name the columns, or none. Comes before the choice above. Empty: found out.',
    control: { kind: 'text', maxLength: 4 },
  },
  {
    key: 'csv.skip_rows',
    group: 'csv',
    title: 'Lines above the table',
    hint: 'How many lines stand above the header. Empty: found out.',
    control: { kind: 'text', maxLength: 7 },
  },
  {
    key: 'csv.comment',
    group: 'csv',
    title: 'Comment',
    hint: 'The character that starts a line of comment. Empty: found out.',
    control: { kind: 'text', maxLength: 1 },
  },
  {
    key: 'csv.newline',
    group: 'csv',
    title: 'Line ends',
    hint: 'lf, crlf or cr. Empty: found out.',
    control: { kind: 'text', maxLength: 4 },
  },
  {
    key: 'csv.decimal',
    group: 'csv',
    title: 'Decimal sign',
    hint: 'A point or a comma. Empty: found out for each column.',
    control: { kind: 'text', maxLength: 1 },
  },
  {
    key: 'csv.null_spellings',
    group: 'csv',
    title: 'Spellings of "no value"',
    hint: 'Compared without regard to case and blanks around.',
    control: { kind: 'spellings' },
  },
  {
    key: 'csv.max_cell_bytes',
    group: 'csv',
    title: 'Longest cell',
    hint: 'A row with a longer cell goes to quarantine instead of into the figures.',
    control: { kind: 'bytes' },
  },
];

type Groups = Record<string, Record<string, unknown>>;

/** The value of a setting. */
export function valueOf(settings: Settings, key: string): unknown {
  const [group = '', name = ''] = key.split('.');
  return (settings as unknown as Groups)[group]?.[name];
}

/** The settings with another value for one of them. */
export function withValue(settings: Settings, key: string, value: unknown): Settings {
  const [group = '', name = ''] = key.split('.');
  const groups = settings as unknown as Groups;
  return { ...groups, [group]: { ...groups[group], [name]: value } } as unknown as Settings;
}

/** Whether two values of settings are the same. */
export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
