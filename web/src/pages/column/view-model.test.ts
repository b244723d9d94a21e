import { describe, expect, it } from 'vitest';

import type { Check, ColumnReport } from '../../api/schema';
import { neighbours, runsOf, runsScaleEnd } from './view-model';

const column = (name: string) => ({ name }) as ColumnReport;
const check = (id: string, created_ms: number, more: object = {}) =>
  ({ id, created_ms, state: 'done', names: ['now', 'then'], ...more }) as unknown as Check;

describe('the page of a column', () => {
  it('knows the columns beside it', () => {
    const columns = [column('a'), column('b'), column('c')];
    expect(neighbours(columns, 'b')).toEqual({ place: 2, previous: 'a', next: 'c' });
    expect(neighbours(columns, 'a').previous).toBeUndefined();
    expect(neighbours(columns, 'x').place).toBe(0);
  });

  it('draws runs of the same data, oldest first', () => {
    const present = check('p', 5);
    const checks = [present, check('q', 9), check('r', 2), check('s', 3, { state: 'failed' }), check('t', 4, { names: ['x', 'y'] })];
    expect(runsOf(checks, present).map(({ id }) => id)).toEqual(['r', 'p', 'q']);
    const many = Array.from({ length: 60 }, (_, index) => check(String(index), index));
    expect(runsOf(many, present)).toHaveLength(20);
    expect(runsOf(many, present).some(({ id }) => id === 'p')).toBe(true);
  });

  it('leaves room above the highest run', () => {
    const point = { verdict: 'drifted', severity: 'low', massMoved: 0.2, threshold: 0.03 } as const;
    expect(runsScaleEnd([{ check: check('a', 1), point }, { check: check('b', 2), point: undefined }])).toBeCloseTo(0.23);
    expect(runsScaleEnd([])).toBeGreaterThan(0);
  });
});
