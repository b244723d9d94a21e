import type { BinReport } from '../api/schema';

/** A point of a cumulative distribution: a value and the share of rows up to it, 0..1. */
export type Point = readonly [value: number, share: number];

/** The shares that `ColumnStatistics.quantiles` are given for. */
export const QUANTILE_SHARES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] as const;

/** How one side's values run from the least to the greatest. */
interface Side {
  bins: readonly BinReport[];
  ratio: (bin: BinReport) => number;
  min: number | null | undefined;
  max: number | null | undefined;
  quantiles: readonly number[] | undefined;
}

/**
 * The cumulative distribution of one side, from the edges of its bins and its quantiles together: the bins tell of the
 * middle, the quantiles of the tails that lie in open bins.
 */
export function cumulative({ bins, ratio, min, max, quantiles }: Side): Point[] {
  const points: Point[] = [];
  let sum = 0;
  for (const bin of bins) {
    sum += ratio(bin);
    if (bin.upper != null && Number.isFinite(bin.upper)) points.push([bin.upper, Math.min(sum, 1)]);
  }
  quantiles?.forEach((value, index) => {
    const share = QUANTILE_SHARES[index];
    if (share !== undefined && Number.isFinite(value)) points.push([value, share]);
  });
  if (min != null && Number.isFinite(min)) points.push([min, 0]);
  if (max != null && Number.isFinite(max)) points.push([max, 1]);
  points.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return rising(points);
}

/** Both sources are rounded differently: shares that would fall again are held. */
function rising(points: readonly Point[]): Point[] {
  let held = 0;
  return points.map(([value, share]) => {
    held = Math.max(held, share);
    return [value, held] as const;
  });
}
