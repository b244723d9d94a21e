/** A moment on an axis of time. */
export interface TimeTick {
  timeMs: number;
  label: string;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((many) => many * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((many) => many * MINUTE),
  ...[1, 2, 3, 6, 12].map((many) => many * HOUR),
  ...[1, 2, 7, 14, 28].map((many) => many * DAY),
];

/** Room that a label takes, in pixels: with seconds it is longer. */
const [SECONDS_PX, MINUTES_PX] = [60, 44];
/** More labels than this say nothing more. */
const MOST = 10;

/**
 * Round moments within a span of time that is drawn so wide, as many as there is room for. `zoneMinutes` is what the
 * clock on the wall is ahead of UTC by.
 */
export function timeTicks(
  [startMs, endMs]: readonly [number, number],
  widthPx: number,
  zoneMinutes: number,
): TimeTick[] {
  const span = endMs - startMs;
  if (!(span > 0)) return [];
  const fits = (step: number) =>
    (step / span) * widthPx >= Math.max(step < MINUTE ? SECONDS_PX : MINUTES_PX, widthPx / MOST);
  const step = STEPS_MS.find(fits);
  if (step === undefined) return [];
  const zone = zoneMinutes * MINUTE;
  const first = Math.ceil((startMs + zone) / step) * step - zone;
  const ticks: TimeTick[] = [];
  for (let timeMs = first; timeMs <= endMs; timeMs += step) ticks.push({ timeMs, label: label(timeMs + zone, step) });
  return ticks;
}

/** What the clock on the wall is ahead of UTC by at a moment, in minutes. */
export function zoneMinutesAt(timeMs: number): number {
  return -new Date(timeMs).getTimezoneOffset();
}

function label(wallMs: number, step: number): string {
  const date = new Date(wallMs);
  if (step >= DAY) return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
  return date.toISOString().slice(11, step < MINUTE ? 19 : 16);
}
