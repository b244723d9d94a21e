import { describe, expect, it } from 'vitest';

import { ago, datetimeValue } from './moments';

describe('moments', () => {
  it('say how long ago something was', () => {
    const now = Date.UTC(2026, 10, 25, 12);
    expect(ago(now - 3_000, now)).toBe('just now');
    expect(ago(now - 5 * 60_000, now)).toBe('5 minutes ago');
    expect(ago(now - 26 * 3_600_000, now)).toBe('yesterday');
    expect(ago(now - 40 * 86_400_000, now)).toBe('16 Oct 2026');
  });

  it('write values of datetime columns without a time of day where there is none', () => {
    expect(datetimeValue(1_357_000_000_000_000)).toBe('2013-01-01 00:26:40');
    expect(datetimeValue(Date.UTC(2013, 0, 1) * 1000)).toBe('2013-01-01');
    expect(datetimeValue(1e300)).toBe('1e+300');
  });
});
