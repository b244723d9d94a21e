/** Rows beyond the edges that are drawn as well, so that fast scrolling shows no gaps. */
const OVERSCAN = 12;

/** The rows that can be seen, `[first, last)`, of a list whose top edge is `top` pixels below that of the window. */
export function visibleRows(top: number, windowHeight: number, rowHeight: number, rows: number): [number, number] {
  const first = Math.floor(-top / rowHeight) - OVERSCAN;
  const last = Math.ceil((windowHeight - top) / rowHeight) + OVERSCAN;
  return [Math.max(0, Math.min(first, rows)), Math.max(0, Math.min(last, rows))];
}
