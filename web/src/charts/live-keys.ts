import type { LiveData } from './live';
import { firstFrom, type TimePoint } from './series';
import type { Timeline } from './timeline.svelte';

/** How far the arrows go with Shift, in points. */
const FAR = 10;

/** What a key does on a chart that has the focus; answers whether it did anything. */
export function keyMove(pressed: KeyboardEvent, timeline: Timeline, data: LiveData): boolean {
  const { key, shiftKey, altKey, ctrlKey, metaKey } = pressed;
  if (altKey || ctrlKey || metaKey) return false;
  const act = ACTIONS[key];
  if (act === undefined || (key === 'Escape' && timeline.cursorMs === undefined)) return false;
  act(timeline, data, shiftKey ? FAR : 1);
  return true;
}

type Action = (timeline: Timeline, data: LiveData, many: number) => void;

const ACTIONS: Record<string, Action> = {
  ArrowLeft: (timeline, data, many) => step(timeline, data, -many),
  ArrowRight: (timeline, data, many) => step(timeline, data, many),
  PageUp: (timeline) => timeline.scrubBy(-timeline.windowMs / 2),
  PageDown: (timeline) => timeline.scrubBy(timeline.windowMs / 2),
  Home: (timeline) => timeline.scrubTo(timeline.oldestMs === undefined ? timeline.startMs : timeline.oldestMs),
  End: (timeline) => timeline.resume(),
  ' ': (timeline) => (timeline.isLive ? timeline.pause() : timeline.resume()),
  Escape: (timeline) => timeline.point(undefined),
  e: (timeline, data) => event(timeline, data, 1),
  E: (timeline, data) => event(timeline, data, -1),
};

/** Goes from point to point. The window stands still meanwhile: what is looked at does not run away. */
function step(timeline: Timeline, data: LiveData, by: number): void {
  const points = longest(data);
  const { cursorMs, endMs } = timeline;
  const from = cursorMs === undefined ? firstFrom(points, endMs + 1) - 1 : firstFrom(points, cursorMs) + by;
  show(timeline, points[Math.min(Math.max(from, 0), points.length - 1)]?.[0]);
}

/** Goes to the next or the previous event. */
function event(timeline: Timeline, { marks = [] }: LiveData, by: 1 | -1): void {
  const from = timeline.cursorMs ?? timeline.endMs + 1;
  const next = by > 0 ? marks.find((mark) => mark.timeMs > from) : marks.findLast((mark) => mark.timeMs < from);
  show(timeline, next?.timeMs);
}

/** Points at a moment, and moves the window where it is not in sight. */
function show(timeline: Timeline, timeMs: number | undefined): void {
  if (timeMs === undefined) return;
  timeline.pause();
  if (timeMs < timeline.startMs) timeline.scrubTo(timeMs + timeline.windowMs);
  else if (timeMs > timeline.endMs) timeline.scrubTo(timeMs);
  timeline.point(timeMs);
}

function longest({ series }: LiveData): readonly TimePoint[] {
  return series.reduce<readonly TimePoint[]>((best, { points }) => (points.length > best.length ? points : best), []);
}
