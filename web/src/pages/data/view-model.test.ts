import { describe, expect, it } from 'vitest';

import type { BaselineSummary, Dataset } from '../../api/schema';
import { baselineLines, ends, foundDatasets, summary, tabOf } from './view-model';

function dataset(name: string, size_bytes = 1_500_000): Dataset {
  return {
    id: name,
    workspace_id: 'w',
    name,
    size_bytes,
    sha256: '',
    state: 'ready',
    created_ms: 0,
    created_by: 'u',
  };
}

const version = { rows: 10, columns: 2, saved_ms: 5, size_bytes: 100, source: 'a.csv' };
const baseline: BaselineSummary = {
  name: 'flights',
  current: 1,
  versions: [
    { ...version, version: 1 },
    { ...version, version: 2, rows: 20 },
  ],
};

describe('the page of data', () => {
  it('says what there is', () => {
    expect(summary([], false, [])).toBe('No dataset, no baseline.');
    expect(summary([dataset('a')], false, [baseline])).toBe('1 dataset of 1.5 MB, 1 baseline.');
    expect(summary([dataset('a'), dataset('b')], false, [])).toBe('2 datasets of 3.0 MB together, no baseline.');
    expect(summary([dataset('a'), dataset('b')], true, [])).toBe('More than 2 datasets, no baseline.');
  });

  it('knows its tabs', () => {
    expect(tabOf('baselines')).toBe('baselines');
    expect(tabOf('nonsense')).toBe('datasets');
  });

  it('finds datasets by words', () => {
    const all = [dataset('Flights July.csv'), dataset('orders.csv')];
    expect(foundDatasets(all, 'july flight').map(({ name }) => name)).toEqual(['Flights July.csv']);
    expect(foundDatasets(all, ' ')).toHaveLength(2);
  });

  it('says when something ends', () => {
    const hour = 3_600_000;
    expect([null, -1, 0.5 * hour, 20 * hour, 72 * hour].map((ms) => ends(ms, 0))).toEqual([
      'never',
      'now',
      'within an hour',
      'in 20 hours',
      'in 3 days',
    ]);
  });

  it('shows baselines with the figures of their current version', () => {
    expect(baselineLines([baseline], 'FLI')).toEqual([
      { name: 'flights', current: 1, versions: 2, waiting: 1, rows: 10, columns: 2, sizeBytes: 200, ms: 5 },
    ]);
    expect(baselineLines([baseline], 'x')).toEqual([]);
  });
});
