import { describe, expect, it } from 'vitest';

import type { Check, CheckProgress, Comparison } from '../../api/schema';
import { advanced, changeWord, comparable, comparisonSentence, exportFormats, phases, remainingSecs } from './view-model';

const progress = (more: object): CheckProgress =>
  ({ phase: 'current', bytes: 50, bytes_total: 200, rows: 10, rows_per_sec: 5, memory_bytes: 1, chunk_secs: 0.2, ...more }) as CheckProgress;

describe('a running check', () => {
  it('has parts that are done, running and waiting', () => {
    expect(phases(progress({})).map(({ state, ratio }) => [state, ratio])).toEqual([
      ['done', 1],
      ['running', 0.25],
      ['waiting', 0],
    ]);
    expect(phases(progress({ phase: 'deciding' })).at(-1)).toMatchObject({ state: 'running', ratio: undefined });
    expect(phases(undefined).every(({ state }) => state === 'waiting')).toBe(true);
  });

  it('keeps the last verdict there was', () => {
    const partial = { headline: 'so far' };
    const first = progress({ partial });
    expect(advanced(first, progress({ rows: 20 }))).toMatchObject({ rows: 20, partial });
    expect(advanced(first, progress({ partial: { headline: 'now' } })).partial?.headline).toBe('now');
    expect(advanced(first, progress({ phase: 'reference' })).partial).toBeUndefined();
  });

  it('knows what is left where it can', () => {
    expect(remainingSecs(progress({}))).toBe(6);
    expect(remainingSecs(progress({ bytes_total: 0 }))).toBeUndefined();
    expect(remainingSecs(undefined)).toBeUndefined();
  });
});

describe('what can be done with a report', () => {
  it('saves it in forms for people first', () => {
    const formats = exportFormats(['text', 'json', 'new', 'html']);
    expect(formats.map(({ id }) => id)).toEqual(['html', 'json', 'text', 'new']);
    expect(formats[2]?.fileName('7')).toBe('driftline-7.txt');
  });

  it('compares it with earlier checks, those of the same data first', () => {
    const check = (id: string, created_ms: number, names: string[], state = 'done') => ({ id, created_ms, names, state }) as unknown as Check;
    const present = check('p', 9, ['a', 'b']);
    const others = [present, check('later', 10, ['a', 'b']), check('x', 8, ['c', 'd']), check('y', 2, ['a', 'b']), check('z', 3, ['a', 'b'], 'failed')];
    expect(comparable(others, present).map(({ id }) => id)).toEqual(['y', 'x']);
  });

  it('says what became of columns', () => {
    const state = (verdict: string) => ({ verdict, severity: 'low' as const, mass_moved: 0.1 });
    const changed = [
      { column: 'a', earlier: state('stable'), now: state('drifted') },
      { column: 'b', earlier: state('drifted'), now: state('stable') },
      { column: 'c', earlier: null, now: state('drifted') },
    ] as Comparison['changed'];
    expect(changed.map(changeWord)).toEqual(['drifts now', 'drifts no more', 'new column']);
    expect(comparisonSentence({ changed, unchanged: 7 })).toBe(
      '3 of 10 columns are judged otherwise than then: 1 drift that did not then, 1 drift no more.',
    );
    expect(comparisonSentence({ changed: [], unchanged: 7 })).toBe('All 7 columns are judged as they were then.');
  });
});
