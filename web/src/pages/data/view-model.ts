import type { BaselineSummary, Dataset } from '../../api/schema';
import { bytes, plural } from '../../text/figures';
import { holds } from '../../text/search';

export const TABS = ['datasets', 'uploads', 'baselines', 'contracts'] as const;
export type Tab = (typeof TABS)[number];

/** The tab that an address names. */
export function tabOf(text: string | undefined): Tab {
  return TABS.find((tab) => tab === text) ?? 'datasets';
}

/** What there is, in one sentence. */
export function summary(datasets: readonly Dataset[], hasMore: boolean, baselines: readonly BaselineSummary[]): string {
  const size = datasets.reduce((sum, { size_bytes }) => sum + size_bytes, 0);
  const first =
    datasets.length === 0
      ? 'No dataset'
      : hasMore
        ? `More than ${plural(datasets.length, 'dataset')}`
        : `${plural(datasets.length, 'dataset')} of ${bytes(size)}${datasets.length > 1 ? ' together' : ''}`;
  return `${first}, ${baselines.length === 0 ? 'no baseline' : plural(baselines.length, 'baseline')}.`;
}

/** Datasets whose name holds every word that is searched for. */
export function foundDatasets(all: readonly Dataset[], search: string): Dataset[] {
  return all.filter(({ name }) => holds(name, search));
}

/** How long until something ends: `in 3 days`, `never`. */
export function ends(ms: number | null | undefined, nowMs: number): string {
  if (ms == null) return 'never';
  const hours = (ms - nowMs) / 3_600_000;
  if (hours <= 0) return 'now';
  if (hours < 1) return 'within an hour';
  if (hours < 48) return `in ${plural(Math.round(hours), 'hour')}`;
  return `in ${plural(Math.round(hours / 24), 'day')}`;
}

/** A baseline as a line of the list. */
export interface BaselineLine {
  name: string;
  current: number;
  versions: number;
  /** Versions newer than the current one: they wait to be promoted. */
  waiting: number;
  rows: number | undefined;
  columns: number | undefined;
  sizeBytes: number;
  ms: number | undefined;
}

export function baselineLines(baselines: readonly BaselineSummary[], search: string): BaselineLine[] {
  return baselines
    .filter(({ name }) => holds(name, search))
    .map(({ name, current, versions }) => {
      const now = versions.find(({ version }) => version === current);
      return {
        name,
        current,
        versions: versions.length,
        waiting: versions.filter(({ version }) => version > current).length,
        rows: now?.rows,
        columns: now?.columns,
        sizeBytes: versions.reduce((sum, { size_bytes }) => sum + size_bytes, 0),
        ms: now?.saved_ms,
      };
    });
}
