// Values that charts are tried with. The same moment always has the same values.

import type { EventMark } from '../../../src/charts/marks';
import type { BandPoint, TimePoint } from '../../../src/charts/series';

/** A number in 0..1 that looks drawn by lot, for a whole number (the finalizer of MurmurHash3, public domain). */
function lot(seed: number): number {
  let mixed = Math.imul(seed ^ (seed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}

/** A line that goes up and down and rises at some time, with a gap of ten seconds in every five minutes. */
export function valueAt(timeMs: number, chart: number, line: number): TimePoint {
  const secs = Math.floor(timeMs / 1_000);
  if (secs % 300 < 10) return [timeMs, null];
  const wave = Math.sin(secs / (40 + chart * 3)) * 18 + Math.sin(secs / 7 + chart) * 4;
  const jump = secs % 300 > 200 ? 40 : 0;
  return [timeMs, 120 + line * 70 + wave + jump + lot(secs * 31 + chart * 7 + line) * 14];
}

/** Where the first line was to be. */
export function bandAt(timeMs: number, chart: number): BandPoint {
  const wave = Math.sin(timeMs / 1_000 / (40 + chart * 3)) * 18;
  return [timeMs, 104 + wave, 150 + wave];
}

/** What happened within a span of time: once in five minutes the line leaves its band. */
export function marksBetween(startMs: number, endMs: number): EventMark[] {
  const marks: EventMark[] = [];
  for (let timeMs = Math.ceil(startMs / 300_000) * 300_000; timeMs <= endMs; timeMs += 300_000) {
    marks.push({ timeMs: timeMs + 203_000, severity: 'high', label: 'p50 left its band upwards' });
    marks.push({ timeMs: timeMs + 240_000, severity: 'low', label: 'fewer rows than usual' });
  }
  return marks.filter((mark) => mark.timeMs <= endMs);
}
