import { describe, expect, it } from 'vitest';

import type { ColumnReport, Report } from '../api/schema';
import { changeOf, chosenColumns, type Choice } from './columns';
import { field, rowsAsCsv } from './csv';
import { binLabel, difference, value } from './values';
import { marked } from './words';

function column(name: string, more: Partial<ColumnReport> = {}): ColumnReport {
  return {
    name,
    kind: 'integer',
    role: 'feature',
    verdict: 'stable',
    severity: 'none',
    nulls: { reference_ratio: 0, current_ratio: 0, changed: false },
    n: [1, 1],
    bins: [],
    statistics: [null, null],
    findings: [],
    ...more,
  } as ColumnReport;
}

const moved = (mass_moved: number) => ({ effect: { mass_moved, threshold: 0.03, smallest_detectable: 0.03 } });
const everything: Choice = { search: '', verdict: undefined, kind: undefined, sort: 'severity', direction: 'falling' };

describe('the table of columns', () => {
  const columns = [column('b', { verdict: 'drifted', ...moved(0.1) }), column('a10', moved(0.2)), column('A2'), column('c', moved(0))];
  const shown = (choice: Partial<Choice>) => chosenColumns(columns, { ...everything, ...choice }).map(({ name }) => name);

  it('keeps the order of the report, which is by severity', () => {
    expect(shown({})).toEqual(['b', 'a10', 'A2', 'c']);
  });

  it('sorts names as people do, and what has no figure to the end', () => {
    expect(shown({ sort: 'name', direction: 'rising' })).toEqual(['A2', 'a10', 'b', 'c']);
    expect(shown({ sort: 'moved', direction: 'falling' })).toEqual(['a10', 'b', 'c', 'A2']);
    expect(shown({ sort: 'moved', direction: 'rising' })).toEqual(['c', 'b', 'a10', 'A2']);
  });

  it('filters without changing the report', () => {
    expect(shown({ search: ' A ' })).toEqual(['a10', 'A2']);
    expect(shown({ verdict: 'drifted' })).toEqual(['b']);
    expect(columns.map(({ name }) => name)).toEqual(['b', 'a10', 'A2', 'c']);
  });
});

describe('what changed', () => {
  it('is told without the name and without the share that has its own column', () => {
    const message = '`x` moved up: the median went from 1 to 2 (20 % of the rows would have to change place).';
    const report = { findings: [{ code: 'drift.value', column: 'x', message, severity: 'low', state: 'open' }] };
    expect(changeOf(report as unknown as Report, column('x'))).toBe('moved up: the median went from 1 to 2');
    expect(changeOf(report as unknown as Report, column('y', { reason: 'an identifier' }))).toBe('an identifier');
  });

  it('marks names, and leaves odd backticks alone', () => {
    expect(marked('`x` is 7')).toEqual([
      { text: 'x', isName: true },
      { text: ' is 7', isName: false },
    ]);
    const long = 'n'.repeat(10_000);
    expect(marked(`\`${long}\` is 7 %`)).toEqual([
      { text: `${'n'.repeat(63)}…`, isName: true, whole: long },
      { text: ' is 7\u00a0%', isName: false },
    ]);
    expect(marked('a ` b')).toEqual([{ text: 'a ` b', isName: false }]);
  });
});

describe('values', () => {
  it('of datetimes are moments and spans', () => {
    expect(value('datetime', Date.UTC(2013, 0, 1) * 1000)).toBe('2013-01-01');
    expect(difference('datetime', 3 * 86_400_000_000)).toBe('+3 d');
    expect(difference('integer', -4)).toBe('−4');
    const bins = [{ label: '>= 1.5e15', lower: Date.UTC(2020, 1, 2) * 1000, upper: null }] as ColumnReport['bins'];
    expect(binLabel(column('t', { kind: 'datetime', bins }), 0)).toBe('from 2020-02-02');
  });
});

describe('rows as CSV', () => {
  it('are no formulas', () => {
    for (const start of ['=', '+', '-', '@', '\t', '\r']) expect(field(`${start}1`).replaceAll('"', '')).toBe(`'${start}1`);
    expect(field('a,"b"')).toBe('"a,""b"""');
  });

  it('have a line for each cell', () => {
    const cells = [{ column: 'x', value: '=1', score: 0.9, method: 'zscore', reason: 'far, far' }];
    const text = rowsAsCsv([
      { source: 'f.csv', row: 7, byte_offset: 90, score: 0.95, cells },
      { source: 'f.csv', row: 8, byte_offset: 99, score: 0.9, cells: [] },
    ]);
    expect(text.split('\r\n').slice(1)).toEqual([
      "1,f.csv,7,90,0.95,x,'=1,0.9,zscore,\"far, far\"",
      '2,f.csv,8,99,0.9,,,,,',
      '',
    ]);
  });
});
