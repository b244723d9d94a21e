import { describe, expect, it } from 'vitest';

import { nameComplaint, proposedName } from './names';

describe('names of baselines', () => {
  it('are proposed from names of files', () => {
    expect(proposedName('Flights 2013-01.csv.gz')).toBe('flights-2013-01');
    expect(proposedName('über größe.csv')).toBe('uber-gro-e');
    expect(proposedName('数据.csv')).toBe('baseline');
    expect(proposedName(`${'x'.repeat(200)}.csv`)).toHaveLength(64);
    for (const name of ['a b.csv', '..', '-x-.csv', '🦊.csv', 'a.b.']) {
      expect(nameComplaint(proposedName(name))).toBeUndefined();
    }
  });

  it('are complained about as the service would', () => {
    expect(nameComplaint('orders-eu_2.x')).toBeUndefined();
    for (const name of ['', 'x'.repeat(65), '-x', 'a b', 'ü', 'x.', '../x']) {
      expect(nameComplaint(name)).toBeDefined();
    }
  });
});
