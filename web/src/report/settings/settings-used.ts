import type { Report, Settings } from '../../api/schema';
import { bytes, count, duration, number, percent } from '../../text/figures';
import { methodName, toolName } from '../words';

/** One setting, in words. */
export interface Line {
  name: string;
  value: string;
  /** Value that it has when nobody changes it; nothing when it has that value, or when that is not known. */
  usual: string | undefined;
}

export interface Group {
  title: string;
  lines: Line[];
}

const list = (values: readonly string[]) => (values.length === 0 ? 'none' : values.join(', '));
const methods = (ids: readonly string[]) => (ids.includes('all') ? 'all' : list(ids.map(methodName)));
const found = (value: string | undefined) => (value ? value : 'found out');
const SENSITIVITY: Record<string, string> = {
  low: 'low: only large changes',
  normal: 'normal',
  high: 'high: small changes too',
};

type Row = readonly [group: 'drift' | 'anomalies' | 'csv', name: string, write: (settings: Settings) => string];

/** Every setting under the name that people know, in the order of the work. */
const ROWS: readonly Row[] = [
  ['drift', 'Sensitivity', (s) => SENSITIVITY[s.drift.sensitivity] ?? s.drift.sensitivity],
  ['drift', 'Least share of rows moved that matters', (s) => percent(s.drift.min_mass_moved)],
  ['drift', 'Least change of the share of nulls that matters', (s) => percent(s.drift.min_null_change)],
  ['drift', 'False alarms accepted among all alarms', (s) => percent(s.drift.false_discovery_rate)],
  ['drift', 'Score in the table', (s) => methodName(s.drift.headline)],
  ['drift', 'More methods', (s) => methods(s.drift.methods)],
  ['drift', 'Scores as another tool computes them', (s) => toolName(s.drift.conform ?? 'none')],
  ['drift', 'Bins for numbers', (s) => count(s.drift.bins)],
  ['drift', 'Columns left out', (s) => list(s.drift.exclude)],
  ['anomalies', 'Methods for single cells', (s) => methods(s.anomalies.column_methods)],
  ['anomalies', 'Rare values and patterns count', (s) => (s.anomalies.rarity ? 'yes' : 'no')],
  ['anomalies', 'Method on whole rows', (s) => methodName(s.anomalies.joint)],
  ['anomalies', 'Standard deviations from which a number counts', (s) => number(s.anomalies.z_threshold)],
  ['anomalies', 'Score from which a row is flagged', (s) => String(s.anomalies.threshold)],
  ['anomalies', 'Strangest rows kept', (s) => count(s.anomalies.top)],
  ['csv', 'Delimiter', (s) => (s.csv.delimiter === '' ? 'found out' : s.csv.delimiter === '\t' ? 'tab' : s.csv.delimiter)],
  ['csv', 'Quote character', (s) => found(s.csv.quote)],
  ['csv', 'Encoding', (s) => found(s.csv.encoding)],
  ['csv', 'Decimal sign', (s) => found(s.csv.decimal)],
  ['csv', 'First record names the columns', (s) => (s.csv.has_header == null ? 'found out' : s.csv.has_header ? 'yes' : 'no')],
  ['csv', 'Spellings of a missing value', (s) => list(s.csv.null_spellings.map((one) => (one === '' ? '(empty)' : one)))],
  ['csv', 'Longest cell', (s) => bytes(s.csv.max_cell_bytes)],
];

const TITLES: Record<string, string> = { drift: 'What counts as a change', anomalies: 'Strange rows', csv: 'Reading' };

/** The settings of a report in groups; what differs from the defaults says so. */
export function settingGroups(settings: Settings, defaults: Settings | undefined): Group[] {
  const groups = Object.entries(TITLES).map(([group, title]) => ({
    title,
    lines: ROWS.filter((row) => row[0] === group).map((row) => lineOf(row, settings, defaults)),
  }));
  const roles = Object.entries(settings.roles);
  if (roles.length > 0) {
    const lines = roles.map(([name, role]): Line => ({ name, value: role, usual: 'recognised' }));
    groups.push({ title: 'Roles given by name', lines });
  }
  return groups;
}

function lineOf([, name, write]: Row, settings: Settings, defaults: Settings | undefined): Line {
  const value = write(settings);
  const usual = defaults === undefined ? undefined : write(defaults);
  return { name, value, usual: usual === value ? undefined : usual };
}

/** How the work went, which differs from run to run. */
export function runLines({ timings, memory_peak_bytes }: Report): Line[] {
  const lines: [string, string][] = [
    ['Reading the reference', duration(timings.reference_secs)],
    ['Reading and scoring the current data', duration(timings.current_secs)],
    ['Deciding and explaining', duration(timings.detect_secs)],
    ['All of it', duration(timings.total_secs)],
    ['Chunks read', count(timings.chunks)],
    ['Slowest chunk', duration(timings.slowest_chunk_secs)],
    ['Threads', count(timings.threads)],
    ['Most memory held', bytes(memory_peak_bytes)],
  ];
  return lines.map(([name, value]) => ({ name, value, usual: undefined }));
}
