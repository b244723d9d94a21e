import type { BinReport, ColumnReport } from '../api/schema';

/** The shares of both sides in the same cells. */
export interface Histogram {
  reference: number[];
  current: number[];
  /** Whether the cells are values of their own, to be drawn apart, and not parts of one axis. */
  isDiscrete: boolean;
}

/** Label of the bin that holds all categories without a bin of their own. */
export const POOLED = '(other)';

/**
 * The shares of a column in at most `cells` cells; nothing when it was not compared.
 *
 * Bins of numbers hold about equal shares of the reference by construction, so drawn as they are the reference would
 * always look flat. Their mass is spread evenly over each bin's width into cells of equal width; what lies beyond the
 * outermost edges is drawn in the outermost cells.
 */
export function histogram(bins: readonly BinReport[], cells: number): Histogram | undefined {
  if (bins.length === 0 || cells < 1) return undefined;
  const range = edgeRange(bins);
  const hasFewPoints = bins.length <= cells && bins.every(isPointOrOpen);
  if (range === undefined || hasFewPoints) return binByBin(bins, cells);
  return spread(bins, range, cells);
}

/**
 * The bins of a column with ends for those that are open: the outermost hundredth of either side. So that far values do
 * not press everything else together, an end goes out by no more than all the other bins take.
 */
export function closed({ bins, statistics }: Pick<ColumnReport, 'bins' | 'statistics'>): readonly BinReport[] {
  const range = edgeRange(bins);
  if (range === undefined || bins.every(isPointOrOpen)) return bins;
  const span = range[1] - range[0];
  const ends = (index: number) =>
    statistics.flatMap((side) => side?.quantiles?.at(index) ?? []).filter((end) => Number.isFinite(end));
  const low = Math.max(Math.min(...ends(0)), range[0] - span);
  const high = Math.min(Math.max(...ends(-1)), range[1] + span);
  return bins.map((bin) => {
    if (bin.lower == null && bin.upper === range[0] && low < range[0]) return { ...bin, lower: low };
    if (bin.upper == null && bin.lower === range[1] && high > range[1]) return { ...bin, upper: high };
    return bin;
  });
}

/** The outermost finite edges of bins of numbers. */
export function edgeRange(bins: readonly BinReport[]): [number, number] | undefined {
  let [low, high] = [Infinity, -Infinity];
  for (const { lower, upper } of bins) {
    for (const edge of [lower, upper]) {
      if (edge == null || !Number.isFinite(edge)) continue;
      low = Math.min(low, edge);
      high = Math.max(high, edge);
    }
  }
  return low < high && Number.isFinite(high - low) ? [low, high] : undefined;
}

function binByBin(bins: readonly BinReport[], cells: number): Histogram {
  // What is pooled already would only dwarf the categories that have a name.
  const named = bins.filter((bin) => bin.label !== POOLED);
  const drawn = named.length === 0 ? bins : named;
  const length = Math.min(drawn.length, cells);
  const made = empty(length, true);
  drawn.forEach((bin, index) => add(made, Math.min(index, length - 1), bin, 1));
  return made;
}

function spread(bins: readonly BinReport[], [low, high]: [number, number], cells: number): Histogram {
  const made = empty(cells, false);
  const step = (high - low) / cells;
  const cellOf = (value: number) => Math.min(Math.max(Math.floor((value - low) / step), 0), cells - 1);
  for (const bin of bins) {
    const { lower, upper } = bin;
    if (lower != null && upper != null && upper - lower > step * 1e-6) {
      for (let cell = cellOf(lower); cell <= cellOf(upper); cell += 1) {
        const start = low + step * cell;
        const overlap = Math.max(Math.min(upper, start + step) - Math.max(lower, start), 0);
        add(made, cell, bin, overlap / (upper - lower));
      }
    } else if (lower != null) {
      add(made, cellOf(lower), bin, 1);
    } else if (upper != null) {
      add(made, 0, bin, 1);
    }
  }
  return made;
}

function empty(length: number, isDiscrete: boolean): Histogram {
  return { reference: new Array<number>(length).fill(0), current: new Array<number>(length).fill(0), isDiscrete };
}

function add(made: Histogram, cell: number, bin: BinReport, part: number): void {
  made.reference[cell] = (made.reference[cell] ?? 0) + bin.reference_ratio * part;
  made.current[cell] = (made.current[cell] ?? 0) + bin.current_ratio * part;
}

function isPointOrOpen({ lower, upper }: BinReport): boolean {
  if (lower == null || upper == null) return true;
  return upper - lower <= Math.max(Math.abs(lower), 1e-300) * 1e-12;
}
