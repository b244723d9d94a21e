import type { BinReport, ColumnReport, Kind } from '../../api/schema';
import { closed, edgeRange, histogram } from '../../charts/histogram';
import { bars, steps } from '../../charts/path';
import { linear, type Scale, ticks } from '../../charts/scale';
import { value } from '../values';

/** The two axes that bins of numbers can stand on: their values, or one slot of equal width each. */
export type Axis = 'values' | 'slots';

/** Where one bin stands, from left to right, in pixels. */
export interface Slot {
  bin: BinReport;
  /** Its place in the report. */
  index: number;
  left: number;
  right: number;
}

/** What is drawn of bins of numbers: shares above, contributions below, on one axis. */
export interface NumberBins {
  slots: Slot[];
  reference: string;
  current: string;
  /** Share at the upper edge of the drawing of shares. */
  greatest: number;
  labels: { x: number; text: string }[];
}

/** Room at either end for bins that stay open, as a share of the width. */
const OPEN = 0.02;
/** Width of a cell of a histogram over values, in pixels. */
const CELL_PX = 9;
/** Least room for a label of the axis, in pixels. */
const LABEL_PX = 84;

/** Lays bins of numbers out. */
export function numberBins(column: ColumnReport, axis: Axis, width: number, height: number): NumberBins {
  const bins = closed(column);
  const range = edgeRange(bins);
  return axis === 'values' && range !== undefined
    ? onValues({ bins, kind: column.kind }, range, width, height)
    : onSlots(column, width, height);
}

interface Axed {
  bins: readonly BinReport[];
  kind: Kind;
}

function onValues({ bins, kind }: Axed, range: [number, number], width: number, height: number): NumberBins {
  const margin = width * OPEN;
  const inner = width - 2 * margin;
  const scale = linear(range, [margin, width - margin]);
  const slots = bins.map((bin, index) => ({
    bin,
    index,
    left: bin.lower == null ? 0 : scale(bin.lower),
    right: bin.upper == null ? width : scale(bin.upper),
  }));
  const shares = histogram(bins, Math.max(8, Math.round(inner / CELL_PX))) ?? { reference: [], current: [] };
  const greatest = Math.max(...shares.reference, ...shares.current) || 1;
  const box = { width: inner, height };
  return {
    slots,
    reference: steps(shares.reference, greatest, box),
    current: bars(shares.current, greatest, box),
    greatest,
    labels: axisLabels(kind, range, scale, Math.floor(width / LABEL_PX)),
  };
}

/** Labels of an axis of values. */
export function axisLabels(kind: Kind, range: readonly [number, number], scale: Scale, about: number) {
  const most = Math.max(2, about);
  // Round numbers of microseconds are no round moments: those are set evenly.
  const places =
    kind === 'datetime'
      ? Array.from({ length: Math.min(most, 5) }, (_, index, all = Math.min(most, 5) - 1) => range[0] + ((range[1] - range[0]) * index) / all)
      : ticks(range, Math.min(most, 8));
  const text = (place: number) => (kind === 'datetime' ? value(kind, place).slice(0, 10) : value(kind, place));
  return places.map((place) => ({ x: scale(place), text: text(place) }));
}

function onSlots({ bins, kind }: Axed, width: number, height: number): NumberBins {
  // Between single values of integers lie bins that are empty on both sides.
  const filled = bins.map((bin, index) => ({ bin, index })).filter(({ bin }) => bin.reference_ratio + bin.current_ratio > 0);
  const slot = width / Math.max(filled.length, 1);
  const slots = filled.map((one, place) => ({ ...one, left: place * slot, right: (place + 1) * slot }));
  const greatest = Math.max(...bins.flatMap((bin) => [bin.reference_ratio, bin.current_ratio])) || 1;
  const every = Math.ceil(LABEL_PX / slot);
  const labels = slots
    .filter((_, index) => index > 0 && index % every === 0)
    .map(({ bin, left }) => ({ x: left, text: bin.lower == null ? '' : value(kind, bin.lower).slice(0, 10) }));
  const box = { width, height };
  return {
    slots,
    reference: bars(filled.map(({ bin }) => bin.reference_ratio), greatest, box, 0.16),
    current: bars(filled.map(({ bin }) => bin.current_ratio), greatest, box, 0.16),
    greatest,
    labels,
  };
}

/** How much room the values on an axis of values leave at their ends. */
export function inset(axis: Axis, bins: readonly BinReport[], width: number): number {
  return axis === 'values' && edgeRange(bins) !== undefined ? width * OPEN : 0;
}
