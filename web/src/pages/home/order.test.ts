import { describe, expect, it } from 'vitest';

import { inOrder } from './order';

function order(one: string, other: string, modified: [number, number] = [2, 1]): string {
  const [first] = inOrder({ name: one, lastModified: modified[0] }, { name: other, lastModified: modified[1] });
  return first.name;
}

describe('which of two files is the reference', () => {
  it('is said by numbers and dates in their names', () => {
    expect(order('flights-2013-01.csv', 'flights-2013-07.csv')).toBe('flights-2013-01.csv');
    expect(order('sales 10.csv', 'sales 9.csv')).toBe('sales 9.csv');
    expect(order('export_2025-12-31.csv', 'export_2026-01-01.csv')).toBe('export_2025-12-31.csv');
    expect(order('orders-may.csv', 'orders-april.csv')).toBe('orders-april.csv');
    expect(order('Dec 2024.csv', 'Jan 2025.csv')).toBe('Dec 2024.csv');
  });

  it('is said by words', () => {
    expect(order('after.csv', 'before.csv')).toBe('before.csv');
    expect(order('prod_scores.csv', 'train_scores.csv')).toBe('train_scores.csv');
    expect(order('current.csv', 'reference.csv')).toBe('reference.csv');
  });

  it('is the one that was changed first where names do not tell', () => {
    expect(order('a.csv', 'b.csv')).toBe('b.csv');
    expect(order('report 7.csv', 'summary 3.csv')).toBe('summary 3.csv');
    expect(order('march-hare.csv', 'mad-hatter.csv')).toBe('mad-hatter.csv');
    expect(order('a.csv', 'b.csv', [1, 1])).toBe('a.csv');
  });
});
