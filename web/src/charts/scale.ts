/** Maps a value of the data to a place in the drawing. */
export type Scale = (value: number) => number;

/** A straight scale. A domain without width maps to the middle of the range. */
export function linear([from, to]: readonly [number, number], [start, end]: readonly [number, number]): Scale {
  const span = to - from;
  if (!(Math.abs(span) > 0) || !Number.isFinite(span)) return () => (start + end) / 2;
  return (value) => start + ((value - from) / span) * (end - start);
}

/** Round values within a domain, about as many as are asked for: steps of 1, 2 or 5 times a power of ten. */
export function ticks([from, to]: readonly [number, number], about: number): number[] {
  const span = to - from;
  if (!(span > 0) || !Number.isFinite(span) || about < 1) return [from];
  const rough = span / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10) * power;
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step).map((tick) =>
    // Sums of tenths are not tenths: 0.30000000000000004.
    Number(tick.toPrecision(12)),
  );
}

/** The least and the greatest of finite values; `[0, 1]` when there is none. */
export function extent(values: Iterable<number | null | undefined>): [number, number] {
  let [least, greatest] = [Infinity, -Infinity];
  for (const value of values) {
    if (value == null || !Number.isFinite(value)) continue;
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return least <= greatest ? [least, greatest] : [0, 1];
}
