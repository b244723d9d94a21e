import type { Severity } from '../api/schema';
import type { Scale } from './scale';

/** Something that happened at a moment. */
export interface EventMark {
  timeMs: number;
  severity: Severity;
  label: string;
}

const ORDER: readonly Severity[] = ['none', 'low', 'medium', 'high', 'critical'];

/** Marks that stand so near to one another that one sign stands for all of them. */
export interface MarkGroup {
  timeMs: number;
  /** The highest. */
  severity: Severity;
  marks: readonly EventMark[];
}

/** The marks in sight, those nearer to one another than so many pixels together. They come in the order of time. */
export function markGroups(marks: readonly EventMark[], x: Scale, nearPx: number): MarkGroup[] {
  const groups: { timeMs: number; marks: EventMark[] }[] = [];
  for (const mark of marks) {
    const last = groups.at(-1);
    if (last !== undefined && x(mark.timeMs) - x(last.timeMs) < nearPx) last.marks.push(mark);
    else groups.push({ timeMs: mark.timeMs, marks: [mark] });
  }
  return groups.map((group) => ({ ...group, severity: worst(group.marks) }));
}

/** The highest severity among marks. */
export function worst(marks: readonly EventMark[]): Severity {
  return ORDER[Math.max(0, ...marks.map(({ severity }) => ORDER.indexOf(severity)))] ?? 'none';
}
