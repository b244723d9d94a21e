import { describe, expect, it } from 'vitest';

import type { Check } from '../../../api/schema';
import { usesBaseline, versionLines } from './view-model';

const version = { rows: 10, columns: 2, saved_ms: 5, size_bytes: 100, source: 'a.csv' };

describe('a baseline', () => {
  it('shows its versions, newest first', () => {
    const versions = [1, 2, 3].map((number) => ({ ...version, version: number }));
    const lines = versionLines({ name: 'flights', current: 2, versions });
    expect(lines.map(({ version, standing }) => [version, standing])).toEqual([
      [3, 'newer'],
      [2, 'current'],
      [1, 'earlier'],
    ]);
  });

  it('finds its checks', () => {
    const against = (baseline: string) => ({ current: { dataset: 'a' }, reference: { baseline } }) as Check;
    const belongs = usesBaseline('flights');
    expect(['flights@1', 'flights', 'flights-2@1'].map((text) => belongs(against(text)))).toEqual([true, true, false]);
    expect(belongs({ current: { dataset: 'a' }, reference: { dataset: 'flights' } } as Check)).toBe(false);
  });
});
