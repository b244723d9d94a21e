import { describe, expect, it } from 'vitest';

import { written, writtenLines } from './written';

describe('what cannot be seen', () => {
  it('is written out', () => {
    expect(written('fdp\u202evsc.exe')).toBe('fdp\\u{202e}vsc.exe');
    expect(written('\u2067a\u2069\u200fb\u061c')).toBe('\\u{2067}a\\u{2069}\\u{200f}b\\u{61c}');
    expect(written('a\nb\tc\u0000\u001b[31m')).toBe('a\\nb\\tc\\u{0}\\u{1b}[31m');
    expect(written('pay\u200bload, a\u200cb, \u{e0041}')).toBe('pay\\u{200b}load, a\\u{200c}b, \\u{e0041}');
  });

  it('leaves writing as it is', () => {
    for (const text of ['', 'due', 'שלום_עולם', 'می\u200cخواهم', '👩\u200d👩\u200d👧', '❤️', 'क्\u200dष']) {
      expect(written(text)).toBe(text);
    }
    expect([written(undefined), written(null)]).toEqual([undefined, null]);
  });

  it('keeps lines where there are several', () => {
    expect(writtenLines('a\n\tb\r\nc\u202e')).toBe('a\n\tb\r\nc\\u{202e}');
    expect(writtenLines(undefined)).toBeUndefined();
  });
});
