// The keys of lists: j and k and the arrows go from row to row.

/** What is typed into, or has keys of its own. */
const TAKES_KEYS = 'input, textarea, select, [contenteditable], dialog, [role=menu], [role=dialog]';

/** Whether keys go to something that is typed into or opened, and not to the page. */
export function takesKeys(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(TAKES_KEYS) !== null;
}

/** Whether a key has been dealt with, belongs to the browser, or goes to something that takes keys. */
export function isTaken(event: KeyboardEvent): boolean {
  return event.defaultPrevented || hasModifier(event) || takesKeys(event.target);
}

function hasModifier(event: KeyboardEvent): boolean {
  return event.ctrlKey || event.metaKey || event.altKey;
}

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

/**
 * The row that a key pressed anywhere on the page leads to. The arrows belong to the page until the list has been
 * entered; from the search above it the first row is one step down.
 */
export function rowFor(event: KeyboardEvent, list: Element, present: number, length: number): number | undefined {
  const target = event.target instanceof Element ? event.target : document.body;
  const isFromSearch = event.key === 'ArrowDown' && target.matches('input[type=search]');
  if (isFromSearch && !hasModifier(event)) return nextIndex(event.key, -1, length, true);
  return isTaken(event) ? undefined : nextIndex(event.key, present, length, list.contains(target));
}

const STEPS: Record<string, number> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

/** Lets the keys go from row to row of a table or list that has the focus: to the first link of each. */
export function moveInRows(event: KeyboardEvent): void {
  const step = STEPS[event.key];
  if (step === undefined || hasModifier(event) || event.target instanceof HTMLInputElement) return;
  const rows = [...(event.currentTarget as HTMLElement).querySelectorAll('[role="row"], tr, li')];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  for (let next = at + step; next >= 0 && next < rows.length; next += step) {
    const link = rows[next]?.querySelector('a');
    if (link == null) continue;
    event.preventDefault();
    link.focus();
    return;
  }
}
