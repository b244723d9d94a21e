import { describe, expect, it } from 'vitest';

import type { BinReport } from '../api/schema';
import { cumulative } from './cumulative';
import { closed, histogram } from './histogram';
import { bars, line, steps } from './path';
import { extent, linear, ticks } from './scale';

function bin(lower: number | null, upper: number | null, reference: number, current: number, label = ''): BinReport {
  return { label, lower, upper, reference_ratio: reference, current_ratio: current, contribution: 0 };
}

describe('scales', () => {
  it('map ends to ends, and a domain without width to the middle', () => {
    expect(linear([0, 10], [100, 0])(2.5)).toBe(75);
    expect(linear([3, 3], [0, 100])(3)).toBe(50);
  });

  it('have round ticks within the domain', () => {
    expect(ticks([0, 1], 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks([-7, 23], 4)).toEqual([0, 10, 20]);
    expect(ticks([5, 5], 4)).toEqual([5]);
  });

  it('know the extent of what is finite', () => {
    expect(extent([3, null, -1, Infinity])).toEqual([-1, 3]);
    expect(extent([])).toEqual([0, 1]);
  });
});

describe('paths', () => {
  const box = { width: 20, height: 10 };

  it('draw bars and their outline', () => {
    expect(bars([1, 0, 0.5, 0.0001], 1, { width: 40, height: 10 })).toBe(
      'M0 10V0H10V10ZM20 10V5H30V10ZM30 10V9H40V10Z',
    );
    expect(steps([1, 0.5], 1, box)).toBe('M0 10V0H10V5H20V10');
    expect(steps([], 1, box)).toBe('');
    expect(line([[0, 1.26], [2, 3]])).toBe('M0 1.3L2 3');
  });
});

describe('histogram', () => {
  it('gives bins of numbers their shape back', () => {
    const made = histogram([bin(null, 0, 0.1, 0), bin(0, 1, 0.4, 0.2), bin(1, 4, 0.4, 0.3), bin(4, null, 0.1, 0.5)], 4);
    expect(made?.isDiscrete).toBe(false);
    expect(made?.reference.map((share) => Number(share.toFixed(4)))).toEqual([0.5, 0.1333, 0.1333, 0.2333]);
    expect(made?.current.reduce((sum, share) => sum + share)).toBeCloseTo(1);
  });

  it('ends open bins at the outermost hundredth, within reason', () => {
    const bins = [bin(null, 0, 0.1, 0), bin(0, 4, 0.8, 0.5), bin(4, null, 0.1, 0.5)];
    const statistics = [{ quantiles: [-1, 0, 1, 2, 3, 4, 6] }, { quantiles: [1, 1, 1, 2, 3, 4, 900] }];
    const made = closed({ bins, statistics } as unknown as Parameters<typeof closed>[0]);
    expect(made.map(({ lower, upper }) => [lower, upper])).toEqual([[-1, 0], [0, 4], [4, 8]]);
    expect(closed({ bins, statistics: [null, null] })).toEqual(bins);
  });

  it('draws categories one by one, without the pooled rest', () => {
    const made = histogram([bin(null, null, 0.2, 0.1, 'a'), bin(null, null, 0.8, 0.9, '(other)')], 8);
    expect(made).toEqual({ reference: [0.2], current: [0.1], isDiscrete: true });
    expect(histogram([], 8)).toBeUndefined();
  });
});

describe('cumulative', () => {
  it('never falls, and ends at the greatest value', () => {
    const points = cumulative({
      bins: [bin(null, 2, 0.5, 0), bin(2, null, 0.5, 0)],
      ratio: (one) => one.reference_ratio,
      min: 0,
      max: 9,
      quantiles: [0.1, 0.3, 1, 2.1, 4, 8, 8.8],
    });
    expect(points[0]).toEqual([0, 0]);
    expect(points.at(-1)).toEqual([9, 1]);
    const shares = points.map(([, share]) => share);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
  });
});
