// What a live chart says: its values at a moment, in a sentence, and as a table.

import { NOTHING, plural } from '../text/figures';
import { spanWords, timeOfDay } from '../text/moments';
import { type EventMark, worst } from './marks';
import { extent } from './scale';
import { type BandPoint, firstFrom, gapOf, nearest, type TimePoint } from './series';

/** One line of a chart. */
export interface Series {
  /** What it is, in a word or two. */
  title: string;
  /** In the order of time. */
  points: readonly TimePoint[];
}

/** What is drawn. */
export interface LiveData {
  series: readonly Series[];
  /** Where values were to be. */
  band?: { title: string; points: readonly BandPoint[] } | undefined;
  /** In the order of time. */
  marks?: readonly EventMark[] | undefined;
  /** A value with its unit. */
  write: (value: number) => string;
}

/** Rows of the table behind a chart at most. */
const MOST_ROWS = 600;

/** The value of a line at a moment, or nothing. */
export function valueAt({ points }: Series, timeMs: number): TimePoint | undefined {
  const found = points[nearest(points, timeMs, gapOf(points) / 2)];
  return found?.[1] == null ? undefined : found;
}

/** Where values were to be at a moment, in words. */
export function bandAt({ band, write }: LiveData, timeMs: number): string {
  const points = band?.points ?? [];
  const found = points[nearest(points as unknown as TimePoint[], timeMs, gapOf(points) / 2)];
  if (found?.[1] == null || found[2] == null) return NOTHING;
  return `${write(found[1])} to ${write(found[2])}`;
}

/** What there is at a moment, as it is read aloud. */
export function spoken(data: LiveData, timeMs: number): string {
  const values = data.series.map((one) => {
    const value = valueAt(one, timeMs)?.[1];
    return `${one.title} ${value == null ? 'missing' : data.write(value)}`;
  });
  const band = data.band ? [`${data.band.title} ${bandAt(data, timeMs)}`] : [];
  const events = marksAt(data, timeMs).map(({ severity, label }) => `${severity}: ${label}`);
  return `${timeOfDay(timeMs)}: ${[...values, ...band, ...events].join(', ')}`;
}

/** The marks at a moment: from it to the next value. */
export function marksAt({ series, marks = [] }: LiveData, timeMs: number): readonly EventMark[] {
  const near = Math.max(500, ...series.map(({ points }) => gapOf(points) / 5));
  return marks.filter((mark) => Math.abs(mark.timeMs - timeMs) <= near);
}

/** Values in sight: those of all lines, and of the band. */
export function extentOf({ series, band }: LiveData, startMs: number, endMs: number): [number, number] | undefined {
  const values: (number | null)[] = [];
  for (const { points } of series) {
    for (let at = firstFrom(points, startMs); at < points.length; at += 1) {
      const [timeMs, value] = points[at] ?? [Infinity, null];
      if (timeMs > endMs) break;
      values.push(value);
    }
  }
  const edges = band?.points ?? [];
  for (let at = firstFrom(edges, startMs); at < edges.length; at += 1) {
    const [timeMs, low, high] = edges[at] ?? [Infinity, null, null];
    if (timeMs > endMs) break;
    values.push(low, high);
  }
  return values.some((value) => value !== null && Number.isFinite(value)) ? extent(values) : undefined;
}

/** The marks from one moment to another. */
export function marksIn({ marks = [] }: LiveData, startMs: number, endMs: number): readonly EventMark[] {
  return marks.filter(({ timeMs }) => timeMs >= startMs && timeMs <= endMs);
}

/** What a chart shows, for those who do not see it. */
export function described(title: string, data: LiveData, startMs: number, endMs: number): string {
  const lines = data.series.map((one) => lineWords(one, data.write, startMs, endMs));
  const marks = marksIn(data, startMs, endMs);
  const events = marks.length === 0 ? [] : [`${plural(marks.length, 'event')}, the most severe ${worst(marks)}.`];
  return [`${title}, ${timeOfDay(startMs)} to ${timeOfDay(endMs)}, ${spanWords(endMs - startMs)}.`, ...lines, ...events].join(' ');
}

function lineWords({ title, points }: Series, write: LiveData['write'], startMs: number, endMs: number): string {
  const shown = points.slice(firstFrom(points, startMs), firstFrom(points, endMs + 1));
  const values = shown.flatMap(([, value]) => (value === null ? [] : [value]));
  const last = values.at(-1);
  if (last === undefined) return `${title}: no values.`;
  const missing = shown.length - values.length;
  const [least, greatest] = extent(values);
  const gaps = missing === 0 ? '' : `, ${plural(missing, 'value')} missing`;
  return `${title}: last ${write(last)}, from ${write(least)} to ${write(greatest)}${gaps}.`;
}

/** The heads of the table behind a chart. */
export function tableHeads({ series, band, marks }: LiveData): string[] {
  const others = [...(band ? [band.title] : []), ...(marks ? ['Events'] : [])];
  return ['Time', ...series.map(({ title }) => title), ...others];
}

/** The numbers behind a chart, the newest first; what happened stands at the moment before the next one. */
export function tableRows(data: LiveData, startMs: number, endMs: number): string[][] {
  const { series, band, marks, write } = data;
  const times = [...new Set(series.flatMap(({ points }) => points.map(([timeMs]) => timeMs)))]
    .filter((timeMs) => timeMs >= startMs && timeMs <= endMs)
    .sort((a, b) => b - a)
    .slice(0, MOST_ROWS);
  return times.map((timeMs, index) => {
    const values = series.map(({ points }) => {
      const value = points[nearest(points, timeMs, 0)]?.[1];
      return value == null ? NOTHING : write(value);
    });
    const until = times[index - 1] ?? endMs + 1;
    const told = (marks ?? []).filter((mark) => mark.timeMs >= timeMs && mark.timeMs < until);
    return [
      timeOfDay(timeMs),
      ...values,
      ...(band ? [bandAt(data, timeMs)] : []),
      ...(marks ? [told.map(({ severity, label }) => `${severity}: ${label}`).join('; ')] : []),
    ];
  });
}
