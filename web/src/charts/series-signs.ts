/** A shape for each line of a chart, around its middle: colours are not the only sign. */
const SHAPES = [
  'M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0',
  'M-3.6-3.6h7.2v7.2h-7.2Z',
  'M0-4.8 4.8 3.6H-4.8Z',
  'M0-5.2 5.2 0 0 5.2-5.2 0Z',
  'M-1.5-4.4h3v2.9h2.9v3H1.5v2.9h-3V1.5h-2.9v-3h2.9Z',
] as const;

/** Lines that can be told apart in one chart. */
export const MOST_SERIES = SHAPES.length;

/** The shape of a line by its place in the chart. */
export function seriesShape(index: number): string {
  return SHAPES[index % MOST_SERIES] ?? SHAPES[0];
}

/** The token of the colour of a line, by its place in the chart. */
export function seriesToken(index: number): string {
  return `--series-${(index % MOST_SERIES) + 1}`;
}
