/** Where a key leads in a list of `length` from the chosen place (-1: none yet); nothing when it leads nowhere. */
export function nextIndex(key: string, present: number, length: number, hasArrows: boolean): number | undefined {
  if (length === 0) return undefined;
  const last = length - 1;
  if (key === 'j' || (hasArrows && key === 'ArrowDown')) return Math.min(present + 1, last);
  if (key === 'k' || (hasArrows && key === 'ArrowUp')) return Math.max(present - 1, 0);
  if (!hasArrows) return undefined;
  if (key === 'PageDown') return Math.min(Math.max(present, 0) + 10, last);
  if (key === 'PageUp') return Math.max(present - 10, 0);
  if (key === 'Home') return 0;
  if (key === 'End') return last;
  return undefined;
}
