import type { ColumnReport, Kind } from '../api/schema';
import { NOTHING, number } from '../text/figures';
import { datetimeValue } from '../text/moments';

/** A value of a column as people read it: numbers of datetimes are microseconds since 1970. */
export function value(kind: Kind, given: number | null | undefined): string {
  if (given == null) return NOTHING;
  return kind === 'datetime' ? datetimeValue(given) : number(given);
}

/** A span between two values of a column; of datetimes it is a time. */
export function difference(kind: Kind, given: number | null | undefined): string {
  if (given == null || !Number.isFinite(given)) return NOTHING;
  const sign = given > 0 ? '+' : '';
  if (kind !== 'datetime') return `${sign}${number(given)}`;
  const hours = given / 3_600_000_000;
  if (Math.abs(hours) < 1) return `${sign}${number(hours * 60)} min`;
  if (Math.abs(hours) < 48) return `${sign}${number(hours)} h`;
  return `${sign}${number(hours / 24)} d`;
}

/** Label of a bin; the edges of datetimes are written as moments. */
export function binLabel(column: ColumnReport, index: number): string {
  const bin = column.bins[index];
  if (bin === undefined) return NOTHING;
  if (column.kind !== 'datetime' || (bin.lower == null && bin.upper == null)) {
    return bin.label === '' ? '(empty text)' : bin.label;
  }
  if (bin.lower == null) return `before ${value('datetime', bin.upper)}`;
  if (bin.upper == null) return `from ${value('datetime', bin.lower)}`;
  return `${value('datetime', bin.lower)} to ${value('datetime', bin.upper)}`;
}
