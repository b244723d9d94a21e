import { describe, expect, it } from 'vitest';

import { visibleRows } from './virtual';

describe('visibleRows', () => {
  it('is a window with a margin', () => {
    expect(visibleRows(100, 800, 40, 2_000)).toEqual([0, 30]);
    expect(visibleRows(-40_000, 800, 40, 2_000)).toEqual([988, 1_032]);
  });

  it('stays within the list', () => {
    expect(visibleRows(-1e6, 800, 40, 100)).toEqual([100, 100]);
    expect(visibleRows(5_000, 800, 40, 100)).toEqual([0, 0]);
    expect(visibleRows(0, 800, 40, 0)).toEqual([0, 0]);
  });
});
