import { beforeEach, describe, expect, it } from 'vitest';

import { keepAsked, takeAsked } from './asked';

beforeEach(() => localStorage.clear());

describe('the page asked for', () => {
  it('is gone to once', () => {
    keepAsked('/findings?state=open', 1_000);
    expect(takeAsked(2_000)).toBe('/findings?state=open');
    expect(takeAsked(2_000)).toBeUndefined();
  });

  it('is forgotten after an hour', () => {
    keepAsked('/data', 0);
    expect(takeAsked(3_600_000)).toBeUndefined();
  });

  it('is never the start, and never elsewhere', () => {
    keepAsked('/?sign_in=expired');
    keepAsked('//example.org/');
    keepAsked('https://example.org/');
    expect(takeAsked()).toBeUndefined();
    localStorage.setItem('driftline.asked', JSON.stringify({ path: '//example.org', ms: Date.now() }));
    expect(takeAsked()).toBeUndefined();
    localStorage.setItem('driftline.asked', 'broken');
    expect(takeAsked()).toBeUndefined();
  });
});
