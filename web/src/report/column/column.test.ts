import { describe, expect, it } from 'vitest';

import type { BinReport, ColumnReport, Report } from '../../api/schema';
import { decisionSteps, effectScaleEnd } from './decision';
import { numberBins } from './number-bins';
import { frequentPairs, patternPairs, quantilePairs } from './pairs';
import { statisticsLines } from './statistics';

const report = { settings: { drift: { false_discovery_rate: 0.01 } } } as Report;
const bin = (lower: number | null, upper: number | null, label = ''): BinReport => ({
  label,
  lower,
  upper,
  reference_ratio: 0.5,
  current_ratio: 0.25,
  contribution: 0.1,
});

function column(more: object): ColumnReport {
  const nothing = { bins: [], statistics: [null, null], n: [1000, 2000], nulls: {}, findings: [] };
  return { name: 'x', kind: 'integer', role: 'feature', verdict: 'drifted', ...nothing, ...more } as unknown as ColumnReport;
}

describe('how a verdict was reached', () => {
  const effect = { mass_moved: 0.12, threshold: 0.058, smallest_detectable: 0.058 };

  it('is told in steps, each for or against a change', () => {
    const steps = decisionSteps(
      report,
      column({
        effect,
        evidence: { test: 'smooth', statistic: 9, p_value: 1e-9, q_value: 0.2 },
        natural_movement: { blocks: 8, mass_moved: 0.058 },
        score: { metric: 'kl', value: 0.05, threshold: 0.01, threshold_origin: 'natural movement' },
      }),
    );
    expect(steps.map((step) => step.speaksForChange)).toEqual([true, false, true, undefined, true]);
    expect(steps[1]?.answer).toContain("Neyman's smooth test");
    expect(steps[2]?.answer).toContain('so it is the threshold');
    expect(decisionSteps(report, column({}))).toEqual([]);
  });

  it('says so when one part of the values decided', () => {
    const [step] = decisionSteps(report, column({ effect: { ...effect, mass_moved: 0.02 } }));
    expect(step).toMatchObject({ speaksForChange: true });
    expect(step?.answer).toContain('One part of the values');
  });

  it('is drawn on a scale that holds the threshold', () => {
    expect(effectScaleEnd(column({ effect: { ...effect, mass_moved: 0 } }))).toBeGreaterThan(0.058);
    expect(effectScaleEnd(column({ effect: { ...effect, mass_moved: 1 } }))).toBe(1);
  });
});

describe('statistics of both sides', () => {
  const side = { count: 100, nulls: 0, distinct: 5, distinct_exact: true, parse_failures: 0 };

  it('leave out what neither side has, and name the difference', () => {
    const lines = statisticsLines(column({ statistics: [{ ...side, mean: 10 }, { ...side, mean: 21.6, nulls: 3 }] }));
    expect(lines.map((line) => line.name)).toEqual(['Rows', 'Nulls', 'Distinct values', 'Mean']);
    expect(lines.map((line) => line.difference)).toEqual(['0', '+3.0 pt', '0', '+11.6 (+116 %)']);
    const gone = statisticsLines(column({ statistics: [{ ...side, mean: 10 }, null] }));
    expect(gone.at(-1)).toMatchObject({ reference: '10', current: '–', difference: '–' });
  });

  it('of datetimes are moments and spans', () => {
    const day = 86_400_000_000;
    const lines = statisticsLines(
      column({ kind: 'datetime', statistics: [{ ...side, mean: 0, std: day, zeros: 0 }, { ...side, mean: 3 * day, std: 2 * day, zeros: 0 }] }),
    );
    expect(lines.slice(3).map(({ name, current, difference }) => [name, current, difference])).toEqual([
      ['Mean', '1970-01-04', '+3 d'],
      ['Standard deviation', '2 d', '+24 h'],
    ]);
  });
});

describe('pairs of figures', () => {
  const top = (entries: [string, number][]) => ({ count: 100, nulls: 0, top: entries });

  it('have the values that changed most first, and know shares from the bins', () => {
    const statistics = [top([['a', 50], ['b', 20]]), top([['a', 49], ['c', 40]])];
    const bins = [bin(null, null, 'c'), ...Array.from({ length: 7 }, (_, index) => bin(null, null, `other ${index}`))];
    expect(frequentPairs(column({ statistics, bins }))).toEqual([
      { label: 'b', reference: 0.2, current: undefined },
      { label: 'c', reference: 0.5, current: 0.4 },
      { label: 'a', reference: 0.5, current: 0.49 },
    ]);
  });

  it('are left out where they tell nothing', () => {
    const statistics = [top([['a', 50]]), top([['a', 50]])];
    expect(frequentPairs(column({ statistics, bins: [bin(null, null, 'a'), bin(null, null, 'b')] }))).toEqual([]);
    const patterns = [['AAA', 1]];
    expect(patternPairs(column({ statistics: [{ patterns }, { patterns }] }))).toEqual([]);
  });

  it('name the median', () => {
    const quantiles = [1, 2, 3, 4, 5, 6, 7];
    expect(quantilePairs(column({ statistics: [{ quantiles }, null] }))[3]).toEqual({ label: 'median', reference: 4, current: undefined });
  });
});

describe('bins of numbers', () => {
  const bins = [bin(null, 0), bin(0, 10), bin(10, null)];

  it('stand side by side on slots, and to scale on values', () => {
    expect(numberBins(column({ bins }), 'slots', 300, 100).slots.map(({ left, right }) => [left, right])).toEqual([
      [0, 100],
      [100, 200],
      [200, 300],
    ]);
    const { slots } = numberBins(column({ bins }), 'values', 300, 100);
    expect(slots[0]?.left).toBe(0);
    expect((slots[1]?.right ?? 0) - (slots[1]?.left ?? 0)).toBeGreaterThan(280);
  });
});
