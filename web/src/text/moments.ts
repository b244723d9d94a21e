// Moments as people read them, in their own time zone.

import { plural } from './figures';

const DAY_MS = 86_400_000;
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const clockFace = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** How long ago: `just now`, `5 minutes ago`, a date when it is more than a week. */
export function ago(ms: number, nowMs: number): string {
  const secs = (ms - nowMs) / 1000;
  const size = Math.abs(secs);
  if (size < 45) return secs > 5 ? 'in a moment' : 'just now';
  if (size < 3600) return relative.format(Math.round(secs / 60), 'minute');
  if (size < 86_400) return relative.format(Math.round(secs / 3600), 'hour');
  if (size * 1000 < 7 * DAY_MS) return relative.format(Math.round(secs / 86_400), 'day');
  return day.format(ms);
}

/** To the second. */
export function moment(ms: number): string {
  return exact.format(ms);
}

/** The time of day to the second: `14:03:25`. */
export function timeOfDay(ms: number): string {
  return clockFace.format(ms);
}

/** A span of time in words: `5 minutes`, `90 seconds`. */
export function spanWords(ms: number): string {
  const units: [number, string][] = [
    [DAY_MS, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
  ];
  const [size, name] = units.find(([size]) => ms >= size && ms % size === 0) ?? [1000, 'second'];
  return plural(Math.round(ms / size), name);
}

/** A value of a datetime column, which comes as microseconds since 1970 in the table's own time. */
export function datetimeValue(micros: number): string {
  const date = new Date(micros / 1000);
  if (Number.isNaN(date.getTime())) return String(micros);
  const text = date.toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.slice(0, 19).replace('T', ' ');
}
