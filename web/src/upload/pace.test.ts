import { describe, expect, it } from 'vitest';

import { isPassing, Pace, secondsLeft, waitMs } from './pace';

describe('the pace of an upload', () => {
  it('is taken over the last seconds', () => {
    const pace = new Pace();
    expect(pace.bytesPerSec).toBeUndefined();
    for (let second = 0; second <= 10; second += 1) pace.note(second * 1000, second * 500);
    expect(pace.bytesPerSec).toBeCloseTo(500);
    for (let second = 11; second <= 20; second += 1) pace.note(second * 1000, 5_000 + (second - 10) * 2_000);
    expect(pace.bytesPerSec).toBeCloseTo(2_000);
  });

  it('begins anew after a break', () => {
    const pace = new Pace();
    pace.note(0, 1_000);
    pace.note(1_000, 9_000);
    pace.note(2_000, 4_000);
    expect(pace.bytesPerSec).toBeUndefined();
    pace.note(3_000, 5_000);
    expect(pace.bytesPerSec).toBeCloseTo(1_000);
  });

  it('says how long the rest takes', () => {
    expect(secondsLeft(10_000, 2_000)).toBe(5);
    expect(secondsLeft(10_000, undefined)).toBeUndefined();
    expect(secondsLeft(10_000, 0)).toBeUndefined();
  });
});

describe('attempts', () => {
  it('come at longer and longer distances', () => {
    expect([1, 2, 3, 50].map(waitMs)).toEqual([500, 1_000, 2_000, 30_000]);
  });

  it('are made where they can help', () => {
    expect([undefined, 0, 409, 423, 429, 500, 503].every(isPassing)).toBe(true);
    expect([400, 401, 403, 404, 413, 415, 422].some(isPassing)).toBe(false);
  });
});
