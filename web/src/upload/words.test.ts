import { describe, expect, it } from 'vitest';

import { standing, type Standing } from './words';

const half: Standing = {
  state: 'sending',
  sentBytes: 25e6,
  sizeBytes: 50e6,
  bytesPerSec: 5e6,
  secsLeft: 5.2,
  retrySecs: undefined,
};

describe('where an upload stands', () => {
  it('is said with units', () => {
    expect(standing(half)).toBe('25.0 MB of 50.0 MB · 5.0 MB/s · 5 s left');
    expect(standing({ ...half, bytesPerSec: undefined, secsLeft: undefined })).toBe('25.0 MB of 50.0 MB');
    expect(standing({ ...half, secsLeft: 250 })).toContain('4 min 10 s left');
    expect(standing({ ...half, state: 'looking' })).toBe('50.0 MB sent · the service looks inside');
    expect(standing({ ...half, state: 'interrupted', retrySecs: 3.9 })).toContain('tries again in 4 s');
    expect(standing({ ...half, state: 'interrupted', retrySecs: 0.2 })).toContain('trying again');
  });
});
