import type { Check, ColumnReport } from '../../api/schema';
import type { ColumnPoint } from '../check/reports';

/** Runs drawn at most: each takes a report to be loaded. */
export const RUNS = 20;

/** The columns before and after one in the order of the report, and its place from 1. */
export function neighbours(
  columns: readonly ColumnReport[],
  name: string,
): { place: number; previous: string | undefined; next: string | undefined } {
  const index = columns.findIndex((column) => column.name === name);
  if (index < 0) return { place: 0, previous: undefined, next: undefined };
  return { place: index + 1, previous: columns[index - 1]?.name, next: columns[index + 1]?.name };
}

/** The last checks of the same data under the same names, oldest first; the present one is among them. */
export function runsOf(checks: readonly Check[], present: Check): Check[] {
  const name = (one: Check) => one.names.join('\n');
  const others = checks.filter((one) => one.state === 'done' && one.id !== present.id && name(one) === name(present));
  const latest = others.sort((a, b) => b.created_ms - a.created_ms).slice(0, RUNS - 1);
  return [...latest, present].sort((a, b) => a.created_ms - b.created_ms);
}

/** One run with how the column did in it. */
export interface Run {
  check: Check;
  /** Nothing while it is not loaded, or where the column was not compared. */
  point: ColumnPoint | undefined;
}

/** Upper end of the axis that runs and their thresholds are drawn on, 0..1. */
export function runsScaleEnd(runs: readonly Run[]): number {
  const figures = runs.flatMap(({ point }) => [point?.massMoved ?? 0, point?.threshold ?? 0]);
  return Math.min(1, Math.max(...figures, 0.01) * 1.15);
}
