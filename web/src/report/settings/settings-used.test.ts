import { describe, expect, it } from 'vitest';

import type { Settings } from '../../api/schema';
import { settingGroups } from './settings-used';

const usual = {
  csv: { delimiter: '', quote: '"', has_header: null, null_spellings: ['', 'na'], max_cell_bytes: 1_048_576 },
  drift: {
    headline: 'kl',
    sensitivity: 'normal',
    false_discovery_rate: 0.01,
    min_mass_moved: 0.03,
    min_null_change: 0.02,
    bins: 20,
    methods: [],
    exclude: [],
    conform: null,
  },
  anomalies: { column_methods: ['zscore'], rarity: true, joint: 'ensemble', z_threshold: 3.5, threshold: 0.9, top: 20 },
  roles: {},
} as unknown as Settings;

describe('settings used', () => {
  it('are written in words, and what differs from the defaults says so', () => {
    const used = { ...usual, drift: { ...usual.drift, min_mass_moved: 0.05 }, roles: { id: 'identifier' } } as Settings;
    const groups = settingGroups(used, usual);
    const lines = groups.flatMap((group) => group.lines);
    expect(lines.filter((line) => line.usual !== undefined)).toEqual([
      { name: 'Least share of rows moved that matters', value: '5.0 %', usual: '3.0 %' },
      { name: 'id', value: 'identifier', usual: 'recognised' },
    ]);
    expect(lines.map((line) => line.value)).toContain('(empty), na');
    expect(lines.map((line) => line.value)).toContain('3.5');
  });

  it('mark nothing where the defaults are not known', () => {
    expect(settingGroups(usual, undefined).flatMap((group) => group.lines).every((line) => line.usual === undefined)).toBe(true);
  });
});
