import { describe, expect, it } from 'vitest';

import { isOfMonitor, monitorOf } from './sides';

describe('sides', () => {
  it('tells checks of monitors from those that somebody asked for', () => {
    expect(isOfMonitor({ current: { monitor: 'm' }, reference: { baseline: 'usual@1' } })).toBe(true);
    expect(isOfMonitor({ current: { dataset: 'd' }, reference: { dataset: 'e' } })).toBe(false);
    expect(monitorOf({ monitor: 'm' })).toBe('m');
    expect(monitorOf({ dataset: 'd' })).toBeUndefined();
  });
});
