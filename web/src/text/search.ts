/** Whether a text holds every word that is searched for, whatever the case of its letters. */
export function holds(text: string, search: string): boolean {
  const lower = text.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}
