import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { describe, expect, it } from 'vitest';

import { Problem } from '../api/problem';
import type { CheckPreview, Report } from '../api/schema';
import { DEFAULTS } from './defaults';
import { columnsOf, complaint, differing, own, shown, withJudged, withRole } from './draft';
import { FIELDS, GROUPS, valueOf, withValue } from './fields';
import { judged, sentence } from './preview';

describe('the defaults', () => {
  it('are those of the program', () => {
    const file = resolve(import.meta.dirname, '../../../crates/server/openapi.json');
    const { schemas } = JSON.parse(readFileSync(file, 'utf8')).components;
    const parts = schemas.Settings.properties as Record<string, { default: unknown }>;
    const described = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.default]));
    expect(DEFAULTS).toEqual(described);
  });

  it('are all edited, but for what the columns panel does', () => {
    const groups = Object.entries(DEFAULTS).filter(([name]) => name !== 'roles');
    const keys = groups.flatMap(([group, part]) => Object.keys(part).map((name) => `${group}.${name}`));
    const edited = new Set([...FIELDS.map((field) => field.key), 'drift.exclude', 'drift.conform']);
    expect(keys.filter((key) => !edited.has(key))).toEqual([]);
    for (const group of GROUPS) {
      if (group.id !== 'columns') expect(FIELDS.some((field) => field.group === group.id)).toBe(true);
    }
  });
});

describe('a draft', () => {
  it('tells what differs, and keeps only that for a dataset', () => {
    const changed = withRole(withValue(DEFAULTS, 'drift.min_mass_moved', 0.1), 'id', 'identifier');
    expect(differing(changed, DEFAULTS)).toEqual(['drift.min_mass_moved', 'roles']);
    expect(own(changed, DEFAULTS)).toEqual({ drift: { min_mass_moved: 0.1 }, roles: { id: 'identifier' } });
    expect(own(DEFAULTS, DEFAULTS)).toEqual({});
    expect(own(DEFAULTS, changed)).toEqual({ drift: { min_mass_moved: 0.03 }, roles: { id: null } });
    expect(differing(withRole(changed, 'id', undefined), DEFAULTS)).toEqual(['drift.min_mass_moved']);
    expect(DEFAULTS.drift.min_mass_moved).toBe(0.03);
  });

  it('lists columns of the data and those that only the settings name', () => {
    const settings = withJudged(withRole(DEFAULTS, 'gone', 'clock'), 'price', false);
    expect(columnsOf(settings, [{ name: 'price' }]).map((column) => column.name)).toEqual(['price', 'gone']);
    expect(withJudged(settings, 'price', true).drift.exclude).toEqual([]);
  });

  it('shows values in words with their units', () => {
    const said = (key: string, value?: unknown) => {
      const field = FIELDS.find((one) => one.key === key);
      return field === undefined ? '' : shown(field, value ?? valueOf(DEFAULTS, key));
    };
    expect(said('drift.min_mass_moved')).toBe('3 %');
    expect(said('drift.bins')).toBe('20 bins');
    expect(said('drift.sensitivity')).toBe('normal');
    expect(said('csv.delimiter')).toBe('found out');
    expect(said('csv.null_spellings', [''])).toBe('(empty)');
    expect(said('csv.max_cell_bytes')).toBe('1,048,576 bytes');
  });
});

describe('complaints of the service', () => {
  it('stand at the setting that they name', () => {
    const problem = new Problem(422, 'usage.setting', 'drift.bins cannot be 1: it is a number from 2 to 1000');
    expect(complaint(problem)).toEqual({ key: 'drift.bins', text: 'cannot be 1: it is a number from 2 to 1000' });
    expect(complaint(new Problem(409, 'x', 'somebody else has changed the settings'))?.key).toBeUndefined();
    expect(complaint(undefined)).toBeUndefined();
  });
});

describe('the effect', () => {
  const columns = [{ verdict: 'drifted' }, { verdict: 'stable' }, { verdict: 'skipped' }];
  const report = { columns } as Report;
  const preview = { changed: [], columns, not_previewed: [] as string[], took_ms: 1 } as unknown as CheckPreview;

  it('is a sentence', () => {
    expect(sentence({ ...preview, drifted: 2 }, report)).toBe('With these settings 2 of 2 columns drifted (1 now).');
    expect(sentence({ ...preview, drifted: 1 }, report)).toBe('With these settings 1 of 2 columns drifted, as now.');
    expect(judged({ verdict: 'stable', severity: 'none', mass_moved: 0.02, threshold: 0.05 })).toBe(
      '2.0 % moved, matters from 5.0 %',
    );
  });
});
