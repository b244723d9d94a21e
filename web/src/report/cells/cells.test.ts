import { describe, expect, it } from 'vitest';

import type { CellSuspect } from '../../api/schema';
import { cellsAsCsv, chosenCells, lookedFor, rowsInWords, type Sort, unlistedInWords, usualDirection } from './cells';

function suspect(column: string, value: string, row: number, more: Partial<CellSuspect> = {}): CellSuspect {
  return {
    column,
    method: 'typo',
    value,
    rows: 1,
    places: [{ source: 'a.csv', row, byte_offset: row * 10 }],
    reason: 'one slip away',
    confidence: 0.9,
    ...more,
  };
}

const all = [
  suspect('city', 'Birmingahm', 601, { suggestion: 'Birmingham', confidence: 0.97 }),
  suspect('weight', '610', 9, { confidence: 0.75, rows: 4 }),
  suspect('city', '=France', 77, { confidence: 0.6 }),
];
const values = (sort: Sort, more: { search?: string; column?: string; other?: boolean } = {}) => {
  const usual = usualDirection(sort);
  const direction = more.other ? (usual === 'rising' ? 'falling' : 'rising') : usual;
  const { search = '', column } = more;
  return chosenCells(all, { search, column, sort, direction }).map((line) => line.suspect.value);
};

describe('suspected cells', () => {
  it('are sorted by every head, and the other way round', () => {
    expect(values('sure')).toEqual(['Birmingahm', '610', '=France']);
    expect(values('sure', { other: true })).toEqual(['=France', '610', 'Birmingahm']);
    expect(values('column')).toEqual(['Birmingahm', '=France', '610']);
    expect(values('row')).toEqual(['610', '=France', 'Birmingahm']);
    expect(values('rows')).toEqual(['610', 'Birmingahm', '=France']);
  });

  it('are found by value, suggestion, reason and column', () => {
    expect(values('sure', { search: 'birmingham' })).toEqual(['Birmingahm']);
    expect(values('sure', { search: 'slip weight' })).toEqual(['610']);
    expect(values('sure', { column: 'city' })).toEqual(['Birmingahm', '=France']);
  });

  it('say what was looked for and what is not listed', () => {
    expect(lookedFor(['typo'])).toBe('slips of the finger');
    expect(lookedFor(['typo', 'of_a_later_release', 'misplaced'])).toBe(
      'slips of the finger; of a later release; and values that belong to another column',
    );
    expect(lookedFor([])).toBe('');
    expect(unlistedInWords([{ column: 'a', cells: 9, listed: 2, left_out: 0 }])).toBe('');
    expect(unlistedInWords([{ column: 'a', cells: 9, listed: 2, left_out: 1 }])).toBe('1 more different suspect is counted and not listed.');
  });

  it('tell their rows, and go into a file in which nothing is a formula', () => {
    const lines = chosenCells(all, { search: '', column: undefined, sort: 'row', direction: 'rising' });
    expect(lines.map(rowsInWords)).toEqual(['9 and 3 more', '77', '601']);
    const text = cellsAsCsv(lines).split('\r\n');
    expect(text[0]).toBe('column,method,confidence,rows,source,row,byte_offset,value,suggestion,reason');
    expect(text[2]).toBe("city,typo,0.6,1,a.csv,77,770,'=France,,one slip away");
    expect(text).toHaveLength(5);
  });
});
