import { describe, expect, it } from 'vitest';

import { match } from './match';

describe('match', () => {
  it('reads the parameters of a path', () => {
    expect(match('/checks/:id/columns/:name', '/checks/7/columns/air%20time%2Fmin')).toEqual({
      id: '7',
      name: 'air time/min',
    });
  });

  it('tells paths apart by their length and their fixed parts', () => {
    expect(match('/checks/:id', '/checks')).toBeUndefined();
    expect(match('/checks/:id', '/findings/7')).toBeUndefined();
    expect(match('/', '/')).toEqual({});
  });

  it('does not fall over broken escapes', () => {
    expect(match('/checks/:id', '/checks/%E0%A4%A')).toBeUndefined();
  });
});
