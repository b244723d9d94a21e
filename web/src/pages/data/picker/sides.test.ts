import { describe, expect, it } from 'vitest';

import type { BaselineSummary, Dataset } from '../../../api/schema';
import { choices, found, requestOf, sideOf, sideText } from './sides';

const dataset: Dataset = {
  id: 'd1',
  workspace_id: 'w',
  name: 'Flights July.csv',
  size_bytes: 2_693_054,
  sha256: '',
  state: 'ready',
  created_ms: 5,
  created_by: 'u',
};
const baseline: BaselineSummary = {
  name: 'flights',
  current: 2,
  versions: [{ version: 2, rows: 27_004, columns: 19, saved_ms: 9, size_bytes: 1, source: 'x' }],
};

describe('choices', () => {
  const all = choices([dataset], [baseline]);

  it('name what they are', () => {
    expect(all.map(({ title, hint }) => [title, hint])).toEqual([
      ['flights', 'baseline, version 2, 27,004 rows'],
      ['Flights July.csv', '2.7 MB'],
    ]);
  });

  it('are found by words in any order', () => {
    expect(found(all, 'july FLIGHTS').map(({ key }) => key)).toEqual(['dataset:d1']);
    expect(found(all, 'baseline').map(({ key }) => key)).toEqual(['baseline:flights']);
    expect(found(all, '  ')).toHaveLength(2);
  });
});

describe('a side', () => {
  it('goes into an address and comes back', () => {
    for (const text of ['dataset:d1', 'baseline:flights', 'baseline:flights@3']) {
      expect(sideText(sideOf(text))).toBe(text);
    }
    expect([undefined, '', 'dataset:', 'other:1', 'nonsense'].map(sideOf)).toEqual(Array(5).fill(undefined));
  });

  it('is asked for as the API takes it', () => {
    expect(requestOf({ kind: 'baseline', name: 'flights', version: 3 })).toEqual({ baseline: 'flights@3' });
    expect(requestOf({ kind: 'dataset', id: 'd1', name: '' })).toEqual({ dataset: 'd1' });
  });
});
