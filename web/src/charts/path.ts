// Paths of SVG, with one decimal: a tenth of a pixel is finer than any screen.

/** A box to draw in, its upper left corner at 0, 0. */
export interface Box {
  width: number;
  height: number;
}

/** A place as it stands in a path. */
export const place = (value: number): string => String(Math.round(value * 10) / 10);

/** Bars beside one another from the lower edge, all in one path; `gap` is the free share of each slot, 0..1. */
export function bars(values: readonly number[], greatest: number, { width, height }: Box, gap = 0): string {
  const slot = width / Math.max(values.length, 1);
  const free = (slot * gap) / 2;
  return values
    .map((value, index) => {
      if (!(value > 0)) return '';
      // What is there is seen, however little it is.
      const top = Math.min(height - (value / greatest) * height, height - 1);
      return `M${place(index * slot + free)} ${place(height)}V${place(top)}H${place((index + 1) * slot - free)}V${place(height)}Z`;
    })
    .join('');
}

/** The outline of bars without gaps, as one line of steps. */
export function steps(values: readonly number[], greatest: number, { width, height }: Box): string {
  const slot = width / Math.max(values.length, 1);
  const parts = values.map((value, index) => {
    const top = height - (Math.max(value, 0) / greatest) * height;
    return `V${place(top)}H${place((index + 1) * slot)}`;
  });
  return values.length === 0 ? '' : `M0 ${place(height)}${parts.join('')}V${place(height)}`;
}

/** A line through points. */
export function line(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${place(x)} ${place(y)}`).join('');
}
