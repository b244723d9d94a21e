// What the page of one monitor shows, from what the service gives. Pure.

import type { Resolution } from '../../../api/monitors';
import type { Problem } from '../../../api/problem';
import type { ClosedWindow, FindingRecord, Incident, Monitor, MonitorDetails, MonitorSettings, Severity, WindowSummary } from '../../../api/schema';
import type { EventMark } from '../../../charts/marks';
import type { BandPoint, TimePoint } from '../../../charts/series';
import { count, number, percent, plural } from '../../../text/figures';
import { type FeedKind, feedFrom, typedOf } from '../feeds';
import { conditionOf, rateWords } from '../view-model';

/** The answer of the page: the sentence, and the incidents that belong into it as links. */
export interface Headline {
  text: string;
  incidents: readonly Incident[];
}

/** How many incidents the headline names. */
const MOST_NAMED = 3;

export function headline(details: MonitorDetails, incidents: readonly Incident[], rowsPerSec: number | undefined): Headline {
  const { status, findings_open: open } = details;
  const rate = `${rateWords(rowsPerSec ?? status?.rows_per_sec ?? 0)} rows a second`;
  const unresolved = incidents.filter(({ state }) => state !== 'resolved').slice(0, MOST_NAMED);
  switch (conditionOf(details)) {
    case 'paused':
      return { text: 'Paused. Nothing is watched until it goes on.', incidents: unresolved };
    case 'failing':
      return { text: `The feed does not work: ${status?.error?.[1] ?? 'no reason is known'}`, incidents: unresolved };
    case 'unusual':
      return { text: open === 1 ? '1 thing is unusual' : `${open} things are unusual`, incidents: unresolved };
    case 'learning':
      if ((status?.rows ?? 0) === 0) return { text: 'Waits for its first rows.', incidents: [] };
      return { text: `Learning what is usual: ${percent(status?.learned_ratio ?? 0)}. ${capital(rate)}.`, incidents: [] };
    case 'watching':
      return { text: `Watching. ${capital(rate)}; nothing is unusual.`, incidents: [] };
  }
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** Parts of the keys of metrics after the name of the column. */
const PARTS = new Set(['mean', 'std', 'p05', 'p50', 'p95', 'null_ratio', 'failed_ratio', 'distinct', 'true_ratio', 'mass_moved']);

/** What is measured of each column, by the keys of metrics. */
export function columnsOf(metrics: readonly string[]): Map<string, Set<string>> {
  const columns = new Map<string, Set<string>>();
  for (const key of metrics) {
    const dot = key.lastIndexOf('.');
    const part = key.slice(dot + 1);
    if (dot < 1 || !PARTS.has(part)) continue;
    const name = key.slice(0, dot);
    const parts = columns.get(name) ?? new Set<string>();
    columns.set(name, parts.add(part));
  }
  return columns;
}

/** Windows that are looked through for keys. */
const LOOKED_AT = 5;

/** The keys of the metrics of the last windows with rows: a feed that is silent, or a monitor that is paused, has none now. */
export function keysOf(windows: readonly WindowSummary[]): string[] {
  const last = windows.findLastIndex(({ rows }) => rows > 0) + 1;
  const looked = windows.slice(Math.max(0, last - LOOKED_AT), last);
  return [...new Set(looked.flatMap(({ values }) => Object.keys(values)))].sort();
}

/** Columns that are shown unless others are chosen: the first ones with numbers in them. */
const SHOWN_FIRST = 2;

/** The columns that the address names, as far as they are known; without any, the first ones. */
export function chosenColumns(text: string | undefined, columns: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  if (text === undefined) {
    const numeric = [...columns].filter(([, parts]) => parts.has('mean')).map(([name]) => name);
    return (numeric.length > 0 ? numeric : [...columns.keys()]).slice(0, SHOWN_FIRST);
  }
  return namesFrom(text).filter((name) => columns.has(name));
}

/** Names in one text: names may hold commas. */
export function namesText(names: readonly string[]): string {
  return names.length === 0 ? ',' : names.map(encodeURIComponent).join(',');
}

function namesFrom(text: string): string[] {
  return text
    .split(',')
    .filter((name) => name !== '')
    .map((name) => {
      try {
        return decodeURIComponent(name);
      } catch {
        return name;
      }
    });
}

/** The points of a metric. */
export function pointsOf(windows: readonly WindowSummary[], key: string): TimePoint[] {
  return windows.map(({ end_ms: endMs, values }) => [endMs, values[key] ?? null]);
}

/** Where nine of ten values of a column lie. */
export function bandOf(windows: readonly WindowSummary[], column: string): BandPoint[] {
  return windows.map(({ end_ms: endMs, values }) => {
    return [endMs, values[`${column}.p05`] ?? null, values[`${column}.p95`] ?? null];
  });
}

/** The columns that moved most, by name: the order of their lines stays while they are the same. */
export function movedMost(windows: readonly WindowSummary[], columns: Iterable<string>, most: number): string[] {
  const sums = [...columns].flatMap((name) => {
    const moved = windows.flatMap(({ values }) => values[`${name}.mass_moved`] ?? []);
    return moved.length === 0 ? [] : [{ name, sum: moved.reduce((total, value) => total + value, 0) }];
  });
  const first = sums.sort((a, b) => b.sum - a.sum).slice(0, most);
  return first.map(({ name }) => name).sort((a, b) => a.localeCompare(b));
}

/** Two runs of windows as one, in the order of time; of the same window the second one counts. */
export function merged(before: readonly WindowSummary[], more: readonly WindowSummary[]): WindowSummary[] {
  const last = before.at(-1);
  const [first] = more;
  if (last === undefined || (first !== undefined && first.start_ms > last.start_ms)) return [...before, ...more];
  const byStart = new Map(before.map((one) => [one.start_ms, one]));
  for (const one of more) byStart.set(one.start_ms, one);
  return [...byStart.values()].sort((a, b) => a.start_ms - b.start_ms);
}

/** Points of a line at most: more than a screen has pixels for. */
const MOST_POINTS = 2_000;
const [MINUTE_MS, HOUR_MS] = [60_000, 3_600_000];

/** The finest windows of which a span of time has few enough. */
export function resolutionFor(spanMs: number, lengthMs: number): Resolution {
  if (lengthMs >= MINUTE_MS || spanMs <= MOST_POINTS * lengthMs) return 'window';
  return spanMs <= MOST_POINTS * MINUTE_MS ? 'minute' : 'hour';
}

/** How long a window of a resolution is. */
export function stepOf(resolution: Resolution, lengthMs: number): number {
  return { window: lengthMs, minute: MINUTE_MS, hour: HOUR_MS }[resolution];
}

/** What began and ended with a window, as marks. */
export function marksFrom({ raised, recovered }: ClosedWindow): EventMark[] {
  return [
    ...raised.map(({ raised_ms: timeMs, severity, message }): EventMark => ({ timeMs, severity, label: message })),
    ...recovered.map(({ recovered_ms: timeMs, column, metric, code }): EventMark => {
      return { timeMs, severity: 'none', label: `${column ?? metric ?? code} is as usual again` };
    }),
  ];
}

/** Findings as marks, those before a moment: later ones are known from the windows themselves. */
export function marksOf(findings: readonly FindingRecord[], beforeMs: number): EventMark[] {
  return findings
    .filter(({ created_ms: timeMs }) => timeMs < beforeMs)
    .map(({ created_ms: timeMs, severity, message }) => ({ timeMs, severity: severity as Severity, label: message }))
    .sort((a, b) => a.timeMs - b.timeMs);
}

/** A value of a metric with its unit, by the end of its key. */
export function writeMetric(key: string, unit = ''): (value: number) => string {
  const part = key.slice(key.lastIndexOf('.') + 1);
  if (part.endsWith('_ratio') || part === 'mass_moved') return (value) => percent(value);
  if (key === 'rows_per_sec') return (value) => `${rateWords(value)}/s`;
  if (key === 'lag_secs') return (value) => `${number(value)} s`;
  return (value) => (unit === '' ? number(value) : `${number(value)} ${unit}`);
}

/** The settings as they are edited: everything is there. */
export interface Draft {
  name: string;
  feedKind: FeedKind;
  /** The fields of the feed by their keys. */
  typed: Record<string, string>;
  lengthSecs: number;
  silentSecs: number;
  timeColumn: string;
  latenessSecs: number;
  /** The name of a saved baseline; empty: it learns by itself. */
  saved: string;
  learnedSecs: number;
  perWeek: number;
  recoverWindows: number;
  /** Keys, separated by commas. */
  ignore: string;
  metrics: { name: string; expression: string; unit: string }[];
}

const HOUR_SECS = 3_600;

export function draftOf({ name, feed, settings: { window, baseline, alarms, metrics } }: Monitor): Draft {
  return {
    name,
    feedKind: feed.kind,
    typed: typedOf(feed),
    lengthSecs: window?.length_secs ?? 1,
    silentSecs: window?.silent_after_secs ?? 0,
    timeColumn: window?.time_column ?? '',
    latenessSecs: window?.lateness_secs ?? 5,
    saved: baseline !== undefined && 'saved' in baseline ? baseline.saved : '',
    learnedSecs: baseline !== undefined && 'learned' in baseline ? baseline.learned : HOUR_SECS,
    perWeek: alarms?.per_week ?? 1,
    recoverWindows: alarms?.recover_windows ?? 20,
    ignore: (alarms?.ignore ?? []).join(', '),
    metrics: (metrics ?? []).map(({ name = '', expression = '', unit = '' }) => ({ name, expression, unit })),
  };
}

/** The settings that a draft makes of the present ones: what it does not show stays. */
export function settingsFrom(draft: Draft, present: MonitorSettings): MonitorSettings {
  return {
    ...present,
    window: {
      ...present.window,
      length_secs: draft.lengthSecs,
      silent_after_secs: draft.silentSecs,
      lateness_secs: draft.latenessSecs,
      time_column: draft.timeColumn.trim() || null,
    },
    baseline: draft.saved === '' ? { learned: draft.learnedSecs } : { saved: draft.saved },
    alarms: {
      ...present.alarms,
      per_week: draft.perWeek,
      recover_windows: draft.recoverWindows,
      ignore: draft.ignore.split(',').map((key) => key.trim()).filter((key) => key !== ''),
    },
    metrics: draft.metrics.filter(({ name, expression }) => name.trim() !== '' || expression.trim() !== ''),
  };
}

/** What is wrong with a metric of one's own. */
export interface MetricComplaint {
  /** Which one, from 0. */
  index: number;
  field: 'name' | 'expression' | 'unit';
  text: string;
}

/** The metric that the service refuses, when that is why it refuses the settings. */
export function complaintOf(problem: Problem | undefined): MetricComplaint | undefined {
  const parts = /^`metrics\[(\d+)\]\.(name|expression|unit)`: (.*)$/s.exec(problem?.message ?? '');
  if (parts === null) return undefined;
  const [, index = '', field = '', text = ''] = parts;
  return { index: Number(index), field: field as MetricComplaint['field'], text: capital(text) };
}

/** Whether the rows come from elsewhere; other credentials are no other feed. */
function hasOtherFeed(draft: Draft, present: Draft): boolean {
  const place = ({ feedKind, typed }: Draft) => JSON.stringify(feedFrom(feedKind, { ...typed, authorization: '', password: '' }));
  return place(draft) !== place(present);
}

/** Whether what was learned is dropped when the draft takes the place of what there is. */
export function dropsLearned(draft: Draft, present: Draft): boolean {
  const keys = ['lengthSecs', 'silentSecs', 'timeColumn', 'latenessSecs', 'saved', 'learnedSecs'] as const;
  return keys.some((key) => draft[key] !== present[key]) || hasOtherFeed(draft, present);
}

/** What it has taken in, and what it compares that with. */
export function factWords({ monitor, status }: MonitorDetails): string[] {
  const { baseline } = monitor.settings;
  const isSaved = baseline !== undefined && 'saved' in baseline;
  const late = status != null && status.lost_rows > 0 ? `, ${count(status.lost_rows)} of them too late` : '';
  return [
    ...(status == null ? [] : [`${plural(status.rows, 'row')} so far${late}`]),
    ...(isSaved ? [`compared with the baseline ${baseline.saved}`] : []),
    ...(isSaved || status == null ? [] : [`what is usual is learned to ${percent(status.learned_ratio)}`]),
  ];
}
