import type { ColumnReport, ColumnStatistics } from '../../api/schema';
import { count, NOTHING, number, percent, points } from '../../text/figures';
import { difference, value } from '../values';

/** One line of the table of statistics. */
export interface StatisticsLine {
  name: string;
  reference: string;
  current: string;
  difference: string;
}

type Read = (statistics: ColumnStatistics) => number | null | undefined;

/** The statistics of both sides; lines that neither side has are left out. */
export function statisticsLines({ statistics, kind }: ColumnReport): StatisticsLine[] {
  const [before, now] = statistics;
  const lines: StatisticsLine[] = [];

  function add(name: string, read: Read, write: (one: number) => string, compare: (a: number, b: number) => string): void {
    const [a, b] = [before == null ? undefined : read(before), now == null ? undefined : read(now)];
    if (a == null && b == null) return;
    lines.push({
      name,
      reference: a == null ? NOTHING : write(a),
      current: b == null ? NOTHING : write(b),
      difference: a == null || b == null ? NOTHING : compare(a, b),
    });
  }
  const addCount = (name: string, read: Read) => add(name, read, count, relative);
  // Seconds would take room that nobody reads.
  const write = (one: number) => (kind === 'datetime' ? value(kind, one).slice(0, 16) : value(kind, one));
  const addValue = (name: string, read: Read) => add(name, read, write, (a, b) => between(kind, a, b));
  const addShare = (name: string, read: Read) => add(name, read, percent, (a, b) => (a === b ? '0' : points(b - a)));

  addCount('Rows', (one) => one.count);
  addShare('Nulls', (one) => (one.count > 0 ? one.nulls / one.count : undefined));
  addCount('Distinct values', (one) => one.distinct);
  addCount('Cells that did not fit the kind', (one) => one.parse_failures || undefined);
  addValue('Mean', (one) => one.mean);
  // A spread is a span: of datetimes it has no date.
  add('Standard deviation', (one) => one.std, (one) => difference(kind, one).replace(/^\+/, ''), (a, b) => between(kind, a, b));
  addValue('Least', (one) => one.min);
  addValue('Lower quartile', (one) => one.quantiles?.[2]);
  addValue('Median', (one) => one.quantiles?.[3]);
  addValue('Upper quartile', (one) => one.quantiles?.[4]);
  addValue('Greatest', (one) => one.max);
  if (kind !== 'datetime') {
    addShare('Zeros', (one) => share(one.zeros, one));
    addShare('Negative', (one) => share(one.negatives, one));
  }
  addCount('Infinite', (one) => one.infinities || undefined);
  add('Shortest text', (one) => one.lengths?.[0], count, relative);
  add('Mean length of text', (one) => one.lengths?.[1], number, relative);
  add('Longest text', (one) => one.lengths?.[2], count, relative);
  return lines;
}

function share(part: number | null | undefined, { count: rows, nulls }: ColumnStatistics): number | undefined {
  return part == null || rows <= nulls ? undefined : part / (rows - nulls);
}

function relative(a: number, b: number): string {
  if (a === b) return '0';
  if (a === 0) return `+${number(b)}`;
  const change = (b - a) / Math.abs(a);
  if (Math.abs(change) > 10) return `${number(b / a)} times`;
  // Shares end at 100 %, changes do not.
  const text = Math.abs(change) < 0.99 ? percent(Math.abs(change)) : `${Math.round(Math.abs(change) * 100)} %`;
  return `${change > 0 ? '+' : '−'}${text}`;
}

function between(kind: ColumnReport['kind'], a: number, b: number): string {
  if (a === b) return '0';
  if (kind === 'datetime' || a === 0) return difference(kind, b - a);
  const change = relative(a, b);
  return change.includes('<') ? difference(kind, b - a) : `${difference(kind, b - a)} (${change})`;
}
