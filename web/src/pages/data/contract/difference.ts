/** A line of one of two texts. */
export interface Line {
  text: string;
  /** The other text does not have it, or not as often. */
  isOnlyHere: boolean;
}

/** Both texts line by line, with those marked that the other one does not have. */
export function differingLines(own: string, theirs: string): { own: Line[]; theirs: Line[] } {
  return { own: against(own, theirs), theirs: against(theirs, own) };
}

function against(text: string, other: string): Line[] {
  const unused = new Map<string, number>();
  for (const line of other.split('\n')) unused.set(line, (unused.get(line) ?? 0) + 1);
  return text.split('\n').map((line) => {
    const left = unused.get(line) ?? 0;
    unused.set(line, left - 1);
    return { text: line, isOnlyHere: left <= 0 };
  });
}
