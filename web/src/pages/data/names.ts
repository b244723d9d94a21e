/** Longest name of a baseline, in characters. */
const MOST = 64;

/** A name for a baseline from that of a file: without its endings and what must not be in a name. */
export function proposedName(fileName: string): string {
  const stem = fileName.replace(/(\.(csv|tsv|txt|gz|zst))+$/i, '');
  const plain = stem
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .replaceAll(/[^a-zA-Z0-9._-]+/g, '-')
    .replace(/^[^a-zA-Z0-9]+/, '')
    .slice(0, MOST)
    .replace(/[-_.]+$/, '');
  return plain === '' ? 'baseline' : plain.toLowerCase();
}

/** What is wrong with a name. */
export function nameComplaint(name: string): string | undefined {
  if (name === '') return 'It needs a name.';
  if (name.length > MOST) return `At most ${MOST} characters; these are ${name.length}.`;
  if (!/^[a-zA-Z0-9]/.test(name)) return 'It begins with a letter or a digit.';
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) return 'Only letters from a to z, digits, and - _ . may be in it.';
  if (name.endsWith('.')) return 'It must not end with a dot.';
  return undefined;
}
