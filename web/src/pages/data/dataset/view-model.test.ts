import { describe, expect, it } from 'vitest';

import type { Check, DatasetDetails } from '../../../api/schema';
import { columnLines, dialectWords, kindsInWords, maskedInWords, tabOf, usesDataset } from './view-model';

const details = {
  dataset: {},
  dialect: {},
  columns: [
    ['year', 'number'],
    ['origin', 'text'],
    ['month', 'number'],
  ],
  preview: [
    ['2013', 'EWR', null],
    ['2013', 'LGA', ''],
    ['2014', 'EWR', '7'],
  ],
} as unknown as DatasetDetails;

describe('a dataset', () => {
  it('tells in words how its file is written', () => {
    const dialect = {
      delimiter: ';',
      quote: '"',
      newline: '\r\n',
      has_header: true,
      encoding: 'utf-8',
      preamble_rows: 2,
    };
    expect(dialectWords(dialect).map(({ value }) => value)).toEqual([
      'semicolons',
      'double quotes (")',
      'in the first record',
      '2, left out',
      'CR LF',
      'UTF-8',
    ]);
    expect(dialectWords({ delimiter: '^' })).toEqual([{ name: 'Between values', value: '“^”' }]);
    expect(dialectWords({})).toEqual([]);
    expect(dialectWords({ format: 'Parquet' })).toEqual([{ name: 'Format', value: 'Parquet' }]);
    expect(dialectWords({ format: 'CSV', packed_in: 'zip' })).toEqual([{ name: 'Format', value: 'CSV in zip' }]);
  });

  it('shows its columns with examples', () => {
    expect(columnLines(details, '').map(({ name, examples }) => [name, examples])).toEqual([
      ['year', ['2013', '2014']],
      ['origin', ['EWR', 'LGA']],
      ['month', ['7']],
    ]);
    expect(columnLines(details, 'text').map(({ place }) => place)).toEqual([2]);
    expect(kindsInWords(details.columns)).toBe('2 numbers, 1 text');
  });

  it('finds its checks', () => {
    const check = { current: { dataset: 'a' }, reference: { baseline: 'b@1' } } as Check;
    expect([usesDataset('a')(check), usesDataset('b')(check)]).toEqual([true, false]);
  });

  it('knows its tabs', () => {
    expect([tabOf('file'), tabOf(undefined), tabOf('x')]).toEqual(['file', 'preview', 'preview']);
  });

  it('says which values are masked', () => {
    expect(maskedInWords(['email'])).toBe('Values of 1 column with personal data (email) are masked.');
    expect(maskedInWords(['a', 'b', 'c', 'd', 'e\u202e'])).toContain('5 columns with personal data (a, b, c, d and 1 more)');
  });
});
