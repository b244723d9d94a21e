/** What is known of a file before anything of it was read. */
export interface NamedFile {
  name: string;
  lastModified: number;
}

/** Words that say by themselves which of two files came first. */
const PAIRS: readonly (readonly [RegExp, RegExp])[] = [
  [/\b(before|old|earlier|previous)\b/, /\b(after|new|later|current)\b/],
  [/\b(reference|ref|baseline|base|expected)\b/, /\b(current|now|actual|latest)\b/],
  [/\b(train|training)\b/, /\b(test|prod|production|live|serving)\b/],
];
const MONTHS = 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec';
const MONTH = new RegExp(`(?<![a-z])(${MONTHS})(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?(?![a-z])`, 'g');

/**
 * Two files as reference and current: the older first. Their names decide where they differ in nothing but a number,
 * a date or a word for it; otherwise the time of their last change does..
 */
export function inOrder<T extends NamedFile>(one: T, other: T): [T, T] {
  const order = byName(one.name, other.name) || one.lastModified - other.lastModified;
  return order <= 0 ? [one, other] : [other, one];
}

/** Negative when the first name is that of the older file, 0 when names do not tell. */
function byName(one: string, other: string): number {
  const [a, b] = [plain(one), plain(other)];
  for (const [older, newer] of PAIRS) {
    if (older.test(a) && newer.test(b)) return -1;
    if (newer.test(a) && older.test(b)) return 1;
  }
  const [left, right] = [inNumbers(a), inNumbers(b)];
  if (left.skeleton !== right.skeleton) return 0;
  for (const [index, value] of left.numbers.entries()) {
    const difference = value - (right.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** In lower case, with blanks for the signs that stand between words. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_\-.()[\]]+/g, ' ');
}

/** A name as its numbers in their order, the year first where months are named, and what is left without them. */
function inNumbers(name: string): { skeleton: string; numbers: number[] } {
  const months = MONTHS.split('|');
  const named = [...name.matchAll(MONTH)].map(([, month]) => months.indexOf(month ?? '') + 1);
  const rest = name.replaceAll(MONTH, '#');
  const numbers = [...rest.matchAll(/\d+/g)].map(([digits]) => Number(digits));
  const skeleton = rest.replaceAll(/\d+/g, '0');
  const years = numbers.filter((value) => value >= 1900 && value < 2200);
  const others = numbers.filter((value) => value < 1900 || value >= 2200);
  return { skeleton, numbers: named.length > 0 ? [...years, ...named, ...others] : numbers };
}
