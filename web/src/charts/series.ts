// Values over time: what of them is in sight, and the paths that draw it. Times are in milliseconds since 1970, rising.

import { place } from './path';
import type { Scale } from './scale';

/** A value at a moment; nothing where it is missing. */
export type TimePoint = readonly [timeMs: number, value: number | null];

/** The least and the greatest that a value was to be at a moment; nothing where that is not known. */
export type BandPoint = readonly [timeMs: number, low: number | null, high: number | null];

/** Points further apart than so many usual steps have a gap between them. */
const GAP_STEPS = 2.5;
/** The step where there are too few points to tell, in milliseconds. */
const STEP_MS = 1_000;
/** How many steps are looked at to find the usual one. */
const MOST_STEPS = 64;

/** The place of the first point that is not before a moment. */
export function firstFrom(points: readonly (readonly [number, ...unknown[]])[], timeMs: number): number {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.[0] ?? Infinity) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The points from one moment to another, with the one before and the one after: the line goes over both edges. */
export function within<P extends readonly [number, ...unknown[]]>(points: readonly P[], startMs: number, endMs: number): P[] {
  return points.slice(Math.max(0, firstFrom(points, startMs) - 1), firstFrom(points, endMs + 1) + 1);
}

/** The place of the point nearest to a moment; -1 when there is none so near. */
export function nearest(points: readonly TimePoint[], timeMs: number, nearMs: number): number {
  const after = firstFrom(points, timeMs);
  const distance = (index: number) => Math.abs((points[index]?.[0] ?? Infinity) - timeMs);
  const found = distance(after - 1) <= distance(after) ? after - 1 : after;
  return distance(found) <= nearMs ? found : -1;
}

/** From how much time between two points on there is a gap, in milliseconds. */
export function gapOf(points: readonly (readonly [number, ...unknown[]])[]): number {
  const last = points.slice(-MOST_STEPS - 1);
  const steps = last.slice(1).map(([timeMs], index) => timeMs - (last[index]?.[0] ?? timeMs));
  const usual = steps.sort((a, b) => a - b)[steps.length >> 1];
  return GAP_STEPS * (usual !== undefined && usual > 0 ? usual : STEP_MS);
}

/** How points are drawn. */
export interface Drawing {
  x: Scale;
  y: Scale;
  /** From how much time between two points on the line is broken, in milliseconds. */
  gapMs: number;
}

/** What draws: a canvas, or a [`PathPen`] for SVG. */
export type Pen = Pick<CanvasPath, 'moveTo' | 'lineTo' | 'closePath'>;

/** Draws into a path of SVG. */
export class PathPen implements Pen {
  path = '';

  moveTo(x: number, y: number): void {
    this.path += `M${place(x)} ${place(y)}`;
  }

  lineTo(x: number, y: number): void {
    this.path += `L${place(x)} ${place(y)}`;
  }

  closePath(): void {
    this.path += 'Z';
  }
}

/** How long the line of a value between two gaps is, in pixels: its round ends make it a dot. */
const DOT_PX = 0.1;

/** Draws a line through points, broken where values are missing. */
export function drawSeries(points: readonly TimePoint[], { x, y, gapMs }: Drawing, pen: Pen): void {
  for (const piece of pieces(points, gapMs, ([, value]) => value !== null && Number.isFinite(value))) {
    const placed = thinned(piece.map(([timeMs, value]) => [x(timeMs), y(value as number)] as const));
    placed.forEach(([left, top], index) => (index === 0 ? pen.moveTo(left, top) : pen.lineTo(left, top)));
    const [only, second] = placed;
    if (only !== undefined && second === undefined) pen.lineTo(only[0] + DOT_PX, only[1]);
  }
}

/** Draws the area between the lower and the upper edge of a band. */
export function drawBand(points: readonly BandPoint[], { x, y, gapMs }: Drawing, pen: Pen): void {
  for (const piece of pieces(points, gapMs, ([, low, high]) => low !== null && high !== null)) {
    const upper = thinned(piece.map(([timeMs, , high]) => [x(timeMs), y(high as number)] as const));
    const lower = thinned(piece.map(([timeMs, low]) => [x(timeMs), y(low as number)] as const));
    upper.forEach(([left, top], index) => (index === 0 ? pen.moveTo(left, top) : pen.lineTo(left, top)));
    for (const [left, top] of lower.reverse()) pen.lineTo(left, top);
    pen.closePath();
  }
}

/** Runs of points that are there, without a gap between them. */
function pieces<P extends readonly [number, ...unknown[]]>(
  points: readonly P[],
  gapMs: number,
  isThere: (point: P) => boolean,
): P[][] {
  const made: P[][] = [];
  let piece: P[] = [];
  let lastMs = -Infinity;
  for (const point of points) {
    const isGap = !isThere(point);
    if (piece.length > 0 && (isGap || point[0] - lastMs > gapMs)) {
      made.push(piece);
      piece = [];
    }
    if (!isGap) piece.push(point);
    lastMs = point[0];
  }
  if (piece.length > 0) made.push(piece);
  return made;
}

type Placed = readonly [left: number, top: number];

/**
 * Of each column of pixels the first, the highest, the lowest and the last point: the line looks the same as through
 * all of them (the M4 aggregation; Jugel, Jerzak, Hackenbroich and Markl, VLDB 2014).
 */
export function thinned(placed: Placed[]): Placed[] {
  const [first, last] = [placed[0], placed.at(-1)];
  if (first === undefined || last === undefined || placed.length <= 4 * (last[0] - first[0] + 1)) return placed;
  const kept: Placed[] = [];
  for (let start = 0; start < placed.length; ) {
    const column = Math.floor(placed[start]?.[0] ?? 0);
    let [end, high, low] = [start, start, start];
    for (; end < placed.length && Math.floor(placed[end]?.[0] ?? 0) === column; end += 1) {
      if ((placed[end]?.[1] ?? 0) < (placed[high]?.[1] ?? 0)) high = end;
      if ((placed[end]?.[1] ?? 0) > (placed[low]?.[1] ?? 0)) low = end;
    }
    for (const index of [...new Set([start, high, low, end - 1])].sort((a, b) => a - b)) {
      const point = placed[index];
      if (point !== undefined) kept.push(point);
    }
    start = end;
  }
  return kept;
}
