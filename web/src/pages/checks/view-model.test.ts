import { describe, expect, it } from 'vitest';

import type { Check } from '../../api/schema';
import { fitting, progressRatio, together, words } from './view-model';

const check = (id: string, more: object = {}) =>
  ({ id, created_ms: 0, state: 'done', names: ['now.csv', 'then.csv'], ...more }) as unknown as Check;

describe('the list of checks', () => {
  it('is narrowed by state and by words of the names and the headline', () => {
    const checks = [check('a', { headline: 'Nothing drifted.' }), check('b', { state: 'failed' })];
    const ids = (found: Check[]) => found.map(({ id }) => id);
    expect(ids(fitting(checks, undefined, 'NOW.csv against'))).toEqual(['a', 'b']);
    expect(ids(fitting(checks, undefined, 'nothing'))).toEqual(['a']);
    expect(ids(fitting(checks, 'failed', ''))).toEqual(['b']);
  });

  it('has each check once, as it was loaded last, newest first', () => {
    const known = [check('a', { created_ms: 1, state: 'running' })];
    const all = together(known, [check('a', { created_ms: 1 }), check('b', { created_ms: 2 })]);
    expect(all.map(({ id, state }) => `${id} ${state}`)).toEqual(['b done', 'a done']);
  });

  it('knows how far a check has come', () => {
    const progress = { phase: 'current', bytes: 50, bytes_total: 100 };
    expect(progressRatio(check('a', { state: 'running', progress }))).toBe(0.75);
    expect(progressRatio(check('a', { progress }))).toBeUndefined();
    expect(words(check('a', { state: 'running', progress }))).toBe('Reads the current data.');
    expect(words(check('a', { state: 'failed', error: ['data.x', 'no rows'] }))).toBe('no rows');
  });
});
