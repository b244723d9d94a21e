import type { ColumnReport } from '../../api/schema';
import { closed, histogram } from '../../charts/histogram';
import { bars, steps } from '../../charts/path';

/** The drawing of a column's two histograms: one path for each side. */
export interface InlinePaths {
  reference: string;
  current: string;
}

/** The size that the paths are drawn for, in pixels. */
export const INLINE_BOX = { width: 120, height: 28 } as const;
/** Cells of a picture this wide: more could not be told apart. */
const CELLS = 20;

// A report never changes; its pictures are drawn once.
const drawn = new WeakMap<ColumnReport, InlinePaths | null>();

/** The paths of a column's histograms; nothing when it was not compared. */
export function inlinePaths(column: ColumnReport): InlinePaths | null {
  let paths = drawn.get(column);
  if (paths === undefined) {
    paths = draw(column);
    drawn.set(column, paths);
  }
  return paths;
}

function draw(column: ColumnReport): InlinePaths | null {
  const shares = histogram(closed(column), CELLS);
  if (shares === undefined) return null;
  const greatest = Math.max(...shares.reference, ...shares.current) || 1;
  if (!shares.isDiscrete) {
    return {
      reference: steps(shares.reference, greatest, INLINE_BOX),
      current: bars(shares.current, greatest, INLINE_BOX),
    };
  }
  // The outlines of many narrow bars would be all that is seen: they are drawn as one.
  const isDense = shares.reference.length > 9;
  const gap = isDense ? 0.24 : 0.3;
  return {
    reference: isDense
      ? steps(shares.reference, greatest, INLINE_BOX)
      : bars(shares.reference, greatest, INLINE_BOX, gap),
    current: bars(shares.current, greatest, INLINE_BOX, gap),
  };
}
