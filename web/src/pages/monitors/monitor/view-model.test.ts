import { describe, expect, it } from 'vitest';

import { Problem } from '../../../api/problem';
import type { Incident, Monitor, MonitorDetails, MonitorSettings, WindowSummary } from '../../../api/schema';
import { feedFrom } from '../feeds';
import {
  bandOf,
  chosenColumns,
  columnsOf,
  complaintOf,
  draftOf,
  dropsLearned,
  factWords,
  headline,
  keysOf,
  marksFrom,
  merged,
  movedMost,
  namesText,
  pointsOf,
  resolutionFor,
  settingsFrom,
  writeMetric,
} from './view-model';

function details(change: Partial<MonitorDetails> & { learned?: number; rows?: number; error?: string[] }): MonitorDetails {
  const { learned = 1, rows = 9, error, ...rest } = change;
  const status = { learned_ratio: learned, series: 1, rows, lost_rows: 0, rows_per_sec: 412, last_window_ms: 5, judge_secs: 0 };
  return {
    monitor: { state: 'running', feed: { kind: 'push' }, settings: {} } as MonitorDetails['monitor'],
    status: { ...status, ...(error && { error }) },
    findings_open: 0,
    metrics: [],
    ...rest,
  };
}

function closed(startMs: number, values: Record<string, number> = {}): WindowSummary {
  return { start_ms: startMs, end_ms: startMs + 1_000, rows: 1, late_rows: 0, rejected_rows: 0, bytes: 1, alarms: 0, values };
}

const INCIDENT = { id: 'i', title: '1 column moved', state: 'open' } as Incident;

describe('the headline', () => {
  it('is the answer in a sentence', () => {
    expect(headline(details({}), [], 398).text).toBe('Watching. 398 rows a second; nothing is unusual.');
    expect(headline(details({ learned: 0.4 }), [], undefined).text).toBe('Learning what is usual: 40 %. 412 rows a second.');
    expect(headline(details({ learned: 0, rows: 0 }), [], 0).text).toBe('Waits for its first rows.');
    expect(headline(details({ error: ['feed.lost', 'gone'] }), [], 0).text).toBe('The feed does not work: gone');
  });

  it('names the incidents that are not over', () => {
    const over = { ...INCIDENT, id: 'o', state: 'resolved' } as Incident;
    const said = headline(details({ findings_open: 2 }), [over, INCIDENT], 1);
    expect(said).toEqual({ text: '2 things are unusual', incidents: [INCIDENT] });
  });
});

it('says what was taken in, and what it is compared with', () => {
  expect(factWords(details({ rows: 9, learned: 0.4 }))).toEqual(['9 rows so far', 'what is usual is learned to 40 %']);
  expect(factWords({ ...details({}), status: null })).toEqual([]);
});

describe('columns', () => {
  it('are read from the keys of metrics; their names may hold dots', () => {
    const columns = columnsOf(['rows_per_sec', 'revenue', 'a.b.mean', 'a.b.p05', 'c.distinct', 'my.metric']);
    expect([...columns].map(([name, parts]) => [name, [...parts]])).toEqual([
      ['a.b', ['mean', 'p05']],
      ['c', ['distinct']],
    ]);
  });

  it('are chosen in the address, whatever their names hold', () => {
    const columns = columnsOf(['a,b.mean', '100%.mean', 'x.mean', 'y.distinct']);
    expect(chosenColumns(undefined, columns)).toEqual(['a,b', '100%']);
    expect(chosenColumns(namesText(['100%', 'a,b', 'gone']), columns)).toEqual(['100%', 'a,b']);
    expect(chosenColumns(namesText([]), columns)).toEqual([]);
    expect(chosenColumns('100%', columns)).toEqual(['100%']);
  });

  it('that moved most stand in the order of their names', () => {
    const windows = [closed(0, { 'b.mass_moved': 0.4, 'a.mass_moved': 0.1 }), closed(1, { 'c.mass_moved': 0.2 })];
    expect(movedMost(windows, ['a', 'b', 'c', 'd'], 2)).toEqual(['b', 'c']);
    expect(movedMost([closed(0, { 'a.mass_moved': 0 })], ['a', 'b'], 2)).toEqual(['a']);
    expect(keysOf(windows)).toEqual(['a.mass_moved', 'b.mass_moved', 'c.mass_moved']);
  });
});

describe('windows', () => {
  it('are points at their ends, with gaps where there is no value', () => {
    const windows = [closed(0, { 'a.mean': 2, 'a.p05': 1, 'a.p95': 3 }), closed(1_000)];
    expect(pointsOf(windows, 'a.mean')).toEqual([
      [1_000, 2],
      [2_000, null],
    ]);
    expect(bandOf(windows, 'a')).toEqual([
      [1_000, 1, 3],
      [2_000, null, null],
    ]);
  });

  it('are put together in the order of time; the later answer counts', () => {
    const [old, now] = [closed(2_000, { x: 1 }), closed(2_000, { x: 2 })];
    expect(merged([], [old])).toEqual([old]);
    expect(merged([old], [closed(3_000)]).map(({ start_ms: at }) => at)).toEqual([2_000, 3_000]);
    expect(merged([old, closed(3_000)], [closed(1_000), now])).toEqual([closed(1_000), now, closed(3_000)]);
  });

  it('are as fine as there is room for', () => {
    expect(resolutionFor(300_000, 1_000)).toBe('window');
    expect(resolutionFor(3_600_000, 1_000)).toBe('minute');
    expect(resolutionFor(7 * 86_400_000, 1_000)).toBe('hour');
    expect(resolutionFor(7 * 86_400_000, 3_600_000)).toBe('window');
  });

  it('say what began and what is over', () => {
    const alarm = { code: 'drift.value', severity: 'high' as const, column: 'a', message: 'a moved', began_ms: 1, raised_ms: 2 };
    const over = { code: 'drift.value', column: 'a', raised_ms: 2, recovered_ms: 9 };
    expect(marksFrom({ window: closed(0), raised: [alarm], recovered: [over] })).toEqual([
      { timeMs: 2, severity: 'high', label: 'a moved' },
      { timeMs: 9, severity: 'none', label: 'a is as usual again' },
    ]);
  });

  it('have values with units', () => {
    expect(writeMetric('a.null_ratio')(0.042)).toBe('4.2 %');
    expect(writeMetric('rows_per_sec')(412.4)).toBe('412/s');
    expect(writeMetric('revenue', 'EUR')(12.5)).toBe('12.5 EUR');
  });
});

describe('settings', () => {
  const settings = {
    ...{ window: { length_secs: 2, rows: 5 }, baseline: { learned: 60 }, alarms: { ignore: ['*.distinct'] } },
  } as MonitorSettings;

  const feed = { kind: 'rest', url: 'https://example.com/a', interval_ms: 500, authorization: '•••' } as Monitor['feed'];
  const monitor = { name: 'orders', feed, settings } as Monitor;

  it('keep what is not shown', () => {
    const draft = { ...draftOf(monitor), ignore: 'a.mean, ,b', perWeek: 3 };
    expect(settingsFrom(draft, settings)).toMatchObject({
      window: { length_secs: 2, rows: 5, time_column: null },
      baseline: { learned: 60 },
      alarms: { per_week: 3, ignore: ['a.mean', 'b'] },
    });
  });

  it('say which metric is refused', () => {
    const refused = (message: string) => complaintOf(new Problem(422, 'usage.invalid', message));
    expect(refused('`metrics[1].expression`: the metric `a` cannot be computed:\nnothing')).toEqual({
      index: 1,
      field: 'expression',
      text: 'The metric `a` cannot be computed:\nnothing',
    });
    expect(refused('`metrics` are at most 20')).toBeUndefined();
    expect(complaintOf(undefined)).toBeUndefined();
  });

  it('drop what was learned only with other windows or another baseline', () => {
    const present = draftOf(monitor);
    expect(dropsLearned({ ...present, perWeek: 9, name: 'x' }, present)).toBe(false);
    const metrics = [{ name: 'a', expression: 'avg(a)', unit: '' }];
    expect(dropsLearned({ ...present, metrics }, present)).toBe(false);
    expect(dropsLearned({ ...present, lengthSecs: 9 }, present)).toBe(true);
    expect(dropsLearned({ ...present, saved: 'usual' }, present)).toBe(true);
    expect(dropsLearned({ ...present, typed: { ...present.typed, authorization: 'Bearer new' } }, present)).toBe(false);
    expect(dropsLearned({ ...present, typed: { ...present.typed, url: 'https://example.com/b' } }, present)).toBe(true);
    expect(feedFrom('rest', present.typed, feed)).toEqual(feed);
    expect(feedFrom('push', present.typed, feed)).toEqual({ kind: 'push' });
  });
});
