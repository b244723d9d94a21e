/** What an axis of values can hold at most. */
export interface Bounds {
  /** The least value there can be. */
  least?: number | undefined;
  /** The greatest value there can be. */
  greatest?: number | undefined;
  /** A value that is always on the axis: 0 for amounts. */
  from?: number | undefined;
}

type Domain = readonly [low: number, high: number];

/** Free room beyond the outermost values, as a share of their distance. */
const ROOM = 0.08;
/** The axis is drawn anew when what it would need is less than this share of what it has. */
const WASTED = 0.5;
/** About how many steps an axis has. */
const STEPS = 5;

/**
 * The ends of an axis for values that come and go: round, with some room, and the same as before while that still fits,
 * so that nothing jumps from second to second.
 */
export function steadyDomain(before: Domain | undefined, [low, high]: Domain, bounds: Bounds = {}): Domain {
  const wanted = roundDomain(low, high, bounds);
  if (before === undefined) return wanted;
  const holds = before[0] <= Math.max(low, bounds.least ?? -Infinity) && before[1] >= Math.min(high, bounds.greatest ?? Infinity);
  const isRoomy = wanted[1] - wanted[0] < WASTED * (before[1] - before[0]);
  return holds && !isRoomy ? before : wanted;
}

function roundDomain(lowest: number, highest: number, { least, greatest, from }: Bounds): Domain {
  const [low, high] = from === undefined ? [lowest, highest] : [Math.min(lowest, from), Math.max(highest, from)];
  // Values that are all the same stand in the middle of an axis as wide as they are large.
  const span = high > low ? high - low : Math.abs(high) || 1;
  const room = high > low ? span * ROOM : span / 2;
  const below = from === undefined || low < from ? low - room : low;
  // Nothing but what the axis begins with still has room above it.
  const above = from === undefined || high > from || high === low ? high + room : high;
  const step = roundStep((above - below) / STEPS);
  const start = Math.max(Math.floor(below / step + 1e-9) * step, least ?? -Infinity);
  const end = Math.min(Math.ceil(above / step - 1e-9) * step, greatest ?? Infinity);
  return start < end ? [tidy(start), tidy(end)] : [tidy(start), tidy(start + step)];
}

/** The smallest of 1, 2, 2.5, 5 times a power of ten that is not less. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return (([1, 2, 2.5, 5].find((factor) => factor * power >= least * 0.999) ?? 10) * power);
}

/** Sums of tenths are not tenths: 0.30000000000000004. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}
