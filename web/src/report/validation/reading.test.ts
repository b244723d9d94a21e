import { describe, expect, it } from 'vitest';

import type { Report, SideReport } from '../../api/schema';
import { count } from '../../text/figures';
import { happenings, readingSentence, rowInWords } from './reading';
import { sideFacts, validationCount } from './validation';

const place = { source: 'a.csv', row: 7, byte_offset: 120, raw: '7,"lost' };

function side(more: Partial<SideReport> = {}): SideReport {
  return {
    name: 'a.csv',
    rows: 97,
    columns: 3,
    bytes: 2_000,
    sample_rows: 97,
    exact: true,
    duplicate_ratio: 0,
    quarantine: { rows: 0, examples: [] },
    reading: { decisions: [], repairs: [], asides: [] },
    ...more,
  };
}

const dirty = side({
  quarantine: { rows: 3, examples: [] },
  reading: {
    decisions: [],
    repairs: [{ kind: 'stray_quote', count: 1_204, examples: [place] }],
    asides: [
      { kind: 'preamble', count: 1, examples: [{ ...place, row: 0 }] },
      { kind: 'of_a_later_release', count: 2, examples: [] },
    ],
  },
});

describe('how a side was read', () => {
  it('is told in words, kind by kind', () => {
    expect(happenings(dirty).map(({ fate, words, count, places }) => [fate, words.slice(0, 30), count, places.length])).toEqual([
      ['repaired', 'A quote that stood where none ', 1_204, 1],
      ['left out', 'Lines above the table', 1, 1],
      ['left out', 'of a later release', 2, 0],
    ]);
    expect(readingSentence(dirty)).toBe('3 rows could not be read (3.0 %), 1,204 rows were repaired, 3 lines were left out.');
    expect(rowInWords(0, count)).toBe('above the first row');
    expect(rowInWords(4_711, count)).toBe('row 4,711');
  });

  it('is silent when every line is a row as it stands, also in a report of an earlier release', () => {
    const { reading: _, ...old } = side();
    for (const clean of [side(), old as SideReport]) {
      expect(happenings(clean)).toEqual([]);
      expect(readingSentence(clean)).toBe('');
    }
  });

  it('counts for the tab what was repaired and set aside, not comments and titles', () => {
    const report = { reference: side(), current: dirty, violations: [], findings: [] } as unknown as Report;
    expect(validationCount(report)).toBe(1_207);
    const facts = sideFacts(report).map(({ name, current }) => [name, current]);
    expect(facts).toContainEqual(['Rows repaired', '1,204']);
    expect(facts).toContainEqual(['Lines left out', '3']);
  });
});
