import { describe, expect, it } from 'vitest';

import { bandAt, described, extentOf, type LiveData, spoken, tableHeads, tableRows, valueAt } from './live';
import { keyMove } from './live-keys';
import { markGroups } from './marks';
import { drawBand, drawSeries, firstFrom, gapOf, nearest, PathPen, thinned, type TimePoint, within } from './series';
import { steadyDomain } from './steady';
import { timeTicks } from './time-axis';
import { Timeline } from './timeline.svelte';

const NOON = Date.UTC(2026, 10, 25, 12);
const at = (secs: number) => NOON + secs * 1_000;
const second = (timeMs: number) => (timeMs - NOON) / 1_000;
const points: TimePoint[] = [5, 6, null, 8, 9].map((value, index) => [at(index), value]);

describe('points in time', () => {
  it('are found by halves', () => {
    expect([at(-1), at(2), at(2.5), at(9)].map((timeMs) => firstFrom(points, timeMs))).toEqual([0, 2, 3, 5]);
    expect(within(points, at(1.5), at(2.5)).map(([timeMs]) => second(timeMs))).toEqual([1, 2, 3]);
    expect([at(0.4), at(3.6), at(9)].map((timeMs) => nearest(points, timeMs, 1_000))).toEqual([0, 4, -1]);
    expect(nearest([], at(0), 1_000)).toBe(-1);
  });

  it('have a gap where steps are missing', () => {
    expect(gapOf(points)).toBe(2_500);
    expect(gapOf([])).toBe(2_500);
  });
});

describe('the line', () => {
  function drawn(draw: (pen: PathPen) => void): string {
    const pen = new PathPen();
    draw(pen);
    return pen.path;
  }
  const drawing = { x: (timeMs: number) => second(timeMs) * 10, y: (value: number) => 100 - value, gapMs: 2_500 };

  it('breaks where values are missing, and shows one alone as a dot', () => {
    expect(drawn((pen) => drawSeries(points, drawing, pen))).toBe('M0 95L10 94M30 92L40 91');
    const alone: TimePoint[] = [[at(0), 1], [at(9), 2], [at(10), Number.NaN]];
    expect(drawn((pen) => drawSeries(alone, drawing, pen))).toBe('M0 99L0.1 99M90 98L90.1 98');
  });

  it('has a band around it', () => {
    const band: [number, number | null, number | null][] = [[at(0), 1, 3], [at(1), 2, 4], [at(2), null, null]];
    expect(drawn((pen) => drawBand(band, drawing, pen))).toBe('M0 97L10 96L10 98L0 99Z');
  });

  it('looks the same with fewer points', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => [index / 100, Math.sin(index) * 40] as const);
    const few = thinned([...many]);
    expect(few.length).toBeLessThanOrEqual(4 * 50);
    for (const column of [0, 17, 49]) {
      const ends = (of: readonly (readonly [number, number])[]) => extentOf({ ...data, series: [{ title: '', points: of.filter(([left]) => Math.floor(left) === column) }] }, 0, 60);
      expect(ends(few)).toEqual(ends(many));
    }
    expect(thinned([...many.slice(0, 9)])).toHaveLength(3);
  });
});

describe('the axis of values', () => {
  it('is round, and stays while it fits', () => {
    const first = steadyDomain(undefined, [103, 188]);
    expect(first).toEqual([80, 200]);
    expect(steadyDomain(first, [90, 199])).toBe(first);
    expect(steadyDomain(first, [90, 203])).not.toBe(first);
  });

  it('is drawn anew when most of it is empty', () => {
    expect(steadyDomain([0, 1_000], [103, 188])).toEqual([80, 200]);
    expect(steadyDomain([0, 400], [103, 288])).toEqual([0, 400]);
  });

  it('keeps to what values there can be', () => {
    expect(steadyDomain(undefined, [0.02, 0.98], { least: 0, greatest: 1 })).toEqual([0, 1]);
    expect(steadyDomain(undefined, [1_200, 1_900], { from: 0 })).toEqual([0, 2_500]);
    expect(steadyDomain([0, 1], [0, 1], { least: 0, greatest: 1 })).toEqual([0, 1]);
  });

  it('has room around a value that stays the same', () => {
    expect(steadyDomain(undefined, [7, 7])).toEqual([2, 12]);
    expect(steadyDomain(undefined, [0, 0], { least: 0, from: 0, greatest: 1 })).toEqual([0, 0.5]);
    expect(steadyDomain(undefined, [0, 0])).toEqual([-0.6, 0.6]);
    const shares = steadyDomain(undefined, [0, 0], { least: 0, greatest: 1 });
    expect(shares[0]).toBe(0);
    expect(shares[1]).toBeGreaterThan(0);
  });
});

describe('the axis of time', () => {
  it('has round moments on the clock of the wall', () => {
    const labels = (secs: number, zoneMinutes: number) =>
      timeTicks([at(-secs), at(0)], 240, zoneMinutes).map(({ label }) => label);
    expect(labels(60, 0)).toEqual(['11:59:00', '11:59:15', '11:59:30', '11:59:45', '12:00:00']);
    expect(labels(600, 330)).toEqual(['17:20', '17:22', '17:24', '17:26', '17:28', '17:30']);
    expect(labels(6 * 3_600, -60)).toEqual(['06:00', '08:00', '10:00']);
    expect(labels(5 * 86_400, 0)).toEqual(['21 Nov', '22 Nov', '23 Nov', '24 Nov', '25 Nov']);
    expect(timeTicks([at(-600), at(0)], 1_400, 0)).toHaveLength(11);
    expect(timeTicks([at(-600), at(0)], 20, 0)).toHaveLength(1);
    expect(timeTicks([at(0), at(0)], 240, 0)).toEqual([]);
  });
});

const data: LiveData = {
  series: [{ title: 'p50', points }],
  band: { title: 'usual', points: points.map(([timeMs]) => [timeMs, 4, 9]) },
  marks: [
    { timeMs: at(1), severity: 'low', label: 'rose' },
    { timeMs: at(3), severity: 'high', label: 'left its band' },
  ],
  write: (value) => `${value} ms`,
};

describe('events', () => {
  it('near one another have one sign, that of the worst', () => {
    const groups = (nearPx: number) => markGroups(data.marks ?? [], (timeMs) => second(timeMs) * 5, nearPx);
    expect(groups(14).map(({ severity, marks }) => [severity, marks.length])).toEqual([['high', 2]]);
    expect(groups(4).map(({ severity }) => severity)).toEqual(['low', 'high']);
  });
});

describe('what a chart says', () => {
  it('is a sentence', () => {
    expect(described('Delay', data, at(0), at(4)).replaceAll(/\d\d:\d\d:\d\d/g, 'T')).toBe(
      'Delay, T to T, 4 seconds. p50: last 9 ms, from 5 ms to 9 ms, 1 value missing. 2 events, the most severe high.',
    );
    expect(described('Delay', data, at(20), at(30))).toContain('p50: no values.');
  });

  it('is a table, the newest first', () => {
    expect(tableHeads(data)).toEqual(['Time', 'p50', 'usual', 'Events']);
    expect(tableRows(data, at(1), at(3)).map((row) => row.slice(1))).toEqual([
      ['8 ms', '4 ms to 9 ms', 'high: left its band'],
      ['–', '4 ms to 9 ms', ''],
      ['6 ms', '4 ms to 9 ms', 'low: rose'],
    ]);
  });

  it('is read aloud for a moment', () => {
    expect(spoken(data, at(3))).toMatch(/: p50 8 ms, usual 4 ms to 9 ms, high: left its band$/);
    expect(spoken(data, at(2))).toMatch(/: p50 missing, usual/);
    expect(valueAt({ title: '', points }, at(60))).toBeUndefined();
    expect(bandAt(data, at(60))).toBe('–');
  });
});

describe('the timeline', () => {
  function timeline(): { line: Timeline; pass: (secs: number) => void } {
    let nowMs = at(100) + 400;
    const line = new Timeline({ windowMs: 60_000, now: () => nowMs });
    return { line, pass: (secs) => ((nowMs += secs * 1_000), line.tick()) };
  }

  it('moves in whole seconds until it is told to stand still', () => {
    const { line, pass } = timeline();
    expect([second(line.startMs), second(line.endMs), line.isLive]).toEqual([40, 100, true]);
    pass(1);
    line.pause();
    pass(5);
    expect([second(line.endMs), line.behindMs, line.isLive]).toEqual([101, 5_000, false]);
    line.resume();
    expect(second(line.endMs)).toBe(106);
  });

  it('goes back as far as values are known, and is live at its end', () => {
    const { line } = timeline();
    line.oldestMs = at(0);
    line.scrubBy(-10_000);
    expect(second(line.endMs)).toBe(90);
    line.scrubTo(at(-500));
    expect([second(line.startMs), line.isLive]).toEqual([0, false]);
    line.scrubTo(at(200));
    expect(line.isLive).toBe(true);
  });

  it('points at what is in sight', () => {
    const { line, pass } = timeline();
    line.point(at(10));
    expect(second(line.cursorMs ?? 0)).toBe(40);
    pass(2);
    expect(line.cursorMs).toBeUndefined();
  });

  it('is moved by keys, and stands still while points are looked at', () => {
    const { line } = timeline();
    const known = { ...data, series: [{ title: 'p50', points: Array.from({ length: 101 }, (_, index): TimePoint => [at(index), index]) }] };
    const press = (key: string, more = {}) => keyMove(new KeyboardEvent('keydown', { key, ...more }), line, known);
    expect(press('Escape')).toBe(false);
    press('ArrowLeft');
    expect([second(line.cursorMs ?? 0), line.isLive]).toEqual([100, false]);
    press('ArrowLeft', { shiftKey: true });
    expect(second(line.cursorMs ?? 0)).toBe(90);
    press('E');
    expect([second(line.cursorMs ?? 0), second(line.startMs)]).toEqual([3, 3]);
    press('e');
    expect(second(line.cursorMs ?? 0)).toBe(3);
    press('PageDown');
    expect(second(line.startMs)).toBe(33);
    press('Escape');
    expect(line.cursorMs).toBeUndefined();
    press(' ');
    expect(line.isLive).toBe(true);
    expect(press('ArrowLeft', { ctrlKey: true })).toBe(false);
  });
});
