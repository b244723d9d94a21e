// What the list of monitors shows, from what the service gives. Pure.

import type { MonitorDetails } from '../../api/schema';
import { number, percent, plural, shortCount } from '../../text/figures';

/** How a monitor is, in one word. */
export type Condition = 'watching' | 'learning' | 'unusual' | 'paused' | 'failing';

export function conditionOf({ monitor, status, findings_open: open }: MonitorDetails): Condition {
  if (monitor.state === 'paused') return 'paused';
  if (status?.error != null) return 'failing';
  if (open > 0) return 'unusual';
  return (status?.learned_ratio ?? 0) < 1 ? 'learning' : 'watching';
}

/** One monitor of the list. */
export interface MonitorTile {
  id: string;
  name: string;
  condition: Condition;
  /** Rows a second, in words. */
  rate: string;
  learned: string;
  /** 0..1 */
  learnedRatio: number;
  findingsOpen: number;
  error: { code: string; message: string } | undefined;
}

export function tileOf(details: MonitorDetails): MonitorTile {
  const { monitor, status } = details;
  const [code, message] = status?.error ?? [];
  const learnedRatio = status?.learned_ratio ?? 0;
  return {
    id: monitor.id,
    name: monitor.name,
    condition: conditionOf(details),
    rate: rateWords(monitor.state === 'paused' ? 0 : (status?.rows_per_sec ?? 0)),
    learned: percent(learnedRatio),
    learnedRatio,
    findingsOpen: details.findings_open,
    error: code === undefined ? undefined : { code, message: message ?? 'The feed does not work.' },
  };
}

/** Rows a second, short and always of about the same width. */
export function rateWords(rowsPerSec: number): string {
  return rowsPerSec >= 10_000 ? shortCount(rowsPerSec) : number(rowsPerSec >= 10 ? Math.round(rowsPerSec) : rowsPerSec);
}

/** How all of them are, in one sentence. */
export function summary(all: readonly MonitorDetails[]): string {
  if (all.length === 0) return 'Nothing is watched yet.';
  const conditions = all.map(conditionOf);
  const many = (wanted: Condition) => conditions.filter((condition) => condition === wanted).length;
  const parts = [
    many('unusual') > 0 ? `${many('unusual')} of ${plural(all.length, 'monitor')} ${many('unusual') === 1 ? 'sees' : 'see'} something unusual` : undefined,
    many('failing') > 0 ? `${plural(many('failing'), 'feed')} cannot be read` : undefined,
    many('learning') > 0 ? `${many('learning')} still ${many('learning') === 1 ? 'learns' : 'learn'} what is usual` : undefined,
    many('paused') > 0 ? `${many('paused')} paused` : undefined,
  ].filter((part) => part !== undefined);
  if (many('unusual') === 0) parts.unshift(`${plural(all.length, 'monitor')}, nothing unusual`);
  const text = parts.join(', ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

const ORDER: readonly Condition[] = ['unusual', 'failing', 'learning', 'watching', 'paused'];

/** Those to look at first, first; then by name. */
export function ordered(all: readonly MonitorDetails[]): MonitorDetails[] {
  const rank = (details: MonitorDetails) => ORDER.indexOf(conditionOf(details));
  return all.toSorted((a, b) => rank(a) - rank(b) || a.monitor.name.localeCompare(b.monitor.name));
}

/** Those whose name holds a text. */
export function named(all: readonly MonitorDetails[], text: string): MonitorDetails[] {
  const wanted = text.trim().toLowerCase();
  return all.filter(({ monitor }) => monitor.name.toLowerCase().includes(wanted));
}
