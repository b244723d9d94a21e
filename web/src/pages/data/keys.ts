const STEPS: Record<string, number> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

/** Lets the arrows and j and k go from row to row: to the first link of each. */
export function moveInRows(event: KeyboardEvent): void {
  const step = STEPS[event.key];
  const table = event.currentTarget as HTMLElement;
  if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target instanceof HTMLInputElement) return;
  const rows = [...table.querySelectorAll('[role="row"], tr')];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  for (let next = at + step; next >= 0 && next < rows.length; next += step) {
    const link = rows[next]?.querySelector('a');
    if (link == null) continue;
    event.preventDefault();
    link.focus();
    return;
  }
}
