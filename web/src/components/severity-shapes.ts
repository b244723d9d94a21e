import type { Severity } from '../api/schema';

/** A shape of its own for each severity, in a box of 16 by 16, so that nobody needs to tell colours apart. */
export const SEVERITY_SHAPES: Record<Severity, string> = {
  none: 'M4 8.5 7 11.5 12.5 5',
  low: 'M8 3.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 1 0 0-9Z',
  medium: 'M8 2.5 14 13H2Z',
  high: 'M8 1.5 14.5 8 8 14.5 1.5 8Z',
  critical: 'M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2Z',
};

/** Whether the shape is filled; the others are drawn as lines. */
export function isFilled(severity: Severity): boolean {
  return severity !== 'none' && severity !== 'low';
}
