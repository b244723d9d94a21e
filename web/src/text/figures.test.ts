import { describe, expect, it } from 'vitest';

import { bytes, duration, number, percent, points, probability, shortCount } from './figures';

describe('figures', () => {
  it('keep four digits that count', () => {
    expect(number(3.14159)).toBe('3.14');
    expect(number(42.123)).toBe('42.1');
    expect(number(2013)).toBe('2013');
    expect(number(1_234_567)).toBe('1,234,567');
    expect(number(-0.25)).toBe('−0.25');
    expect(number(1.5e12)).toBe('1.50e12');
    expect(number(0.00000123)).toBe('1.23e−6');
    expect(number(Infinity)).toBe('∞');
    expect(number(null)).toBe('–');
  });

  it('never round a share that is there to zero', () => {
    expect(percent(0.1234)).toBe('12 %');
    expect(percent(0.0312)).toBe('3.1 %');
    expect(percent(0.0001)).toBe('<0.1 %');
    expect(percent(0.99999)).toBe('>99.9 %');
    expect(percent(0)).toBe('0 %');
    expect(points(-0.031)).toBe('−3.1 pt');
    expect(points(0.5)).toBe('+50.0 pt');
  });

  it('name units', () => {
    expect(bytes(999)).toBe('999 B');
    expect(bytes(1_500)).toBe('1.5 kB');
    expect(bytes(1_073_741_824)).toBe('1.1 GB');
    expect(duration(0.0421)).toBe('42 ms');
    expect(duration(250)).toBe('4 min 10 s');
    expect(shortCount(1_234_567)).toBe('1.23 M');
    expect(probability(1e-9)).toBe('< 0.001');
  });
});
