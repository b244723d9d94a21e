// Names and values of data may hold characters that nobody sees: such that turn the direction of what stands around
// them, hide, or command a terminal. They are written out, as the command line and the exports do it.

/** Characters without a shape: controls, directions, zero width, tags. */
const UNSEEN =
  /[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\u{e0000}-\u{e007f}]/u;
const EVERY_UNSEEN = new RegExp(UNSEEN, 'gu');
/** Joiners between letters of scripts that need them, and between parts of a picture, are part of the writing. */
const JOINED = /[^\p{ASCII}\u200b-\u200f][\u200c\u200d]$/u;
const ESCAPES: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A name or value with what cannot be seen written out: `a\u{202e}b`, `a\nb`. */
export function written<T extends string | null | undefined>(text: T): T {
  return (text == null || !UNSEEN.test(text) ? text : text.replace(EVERY_UNSEEN, escape)) as T;
}

/** The same for text of several lines, which stay as they are. */
export function writtenLines<T extends string | null | undefined>(text: T): T {
  return (text == null ? text : text.split(/(\r?\n|\t)/).map((part, index) => (index % 2 === 0 ? written(part) : part)).join('')) as T;
}

function escape(unseen: string, at: number, whole: string): string {
  if ((unseen === '\u200c' || unseen === '\u200d') && isJoining(at, whole)) return unseen;
  return ESCAPES[unseen] ?? `\\u{${(unseen.codePointAt(0) ?? 0).toString(16)}}`;
}

function isJoining(at: number, whole: string): boolean {
  return JOINED.test(whole.slice(Math.max(0, at - 2), at + 1)) && /^[^\p{ASCII}\u200b-\u200f]/u.test(whole.slice(at + 1, at + 3));
}
