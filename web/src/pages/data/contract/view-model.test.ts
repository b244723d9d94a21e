import { describe, expect, it } from 'vitest';

import type { ContractSummary, Dataset, SuggestedRule } from '../../../api/schema';
import { differingLines } from './difference';
import { accepted, acceptedInWords, comparedToSaved, contractLines, offsetOf, suggestionGroups, unified } from './view-model';

const TOML = `version = 1

[table]
rules = [
    # seen: 10 rows
    { rule = "row_count_between", min = 5 },
]

[[column]]
name = "a"
rules = [
    # seen: integer
    { rule = "kind", is = "integer" },
    # seen: no missing value
    { rule = "not_null" },
]
`;

function suggested(rule: string, column?: string): SuggestedRule {
  return { rule, ...(column !== undefined && { column }), severity: 'medium', parameters: {}, promise: rule, why: 'seen: 1' };
}

const RULES = [suggested('row_count_between'), suggested('column_present', 'a'), suggested('kind', 'a'), suggested('not_null', 'a')];

describe('a proposed contract', () => {
  it('is accepted rule by rule', () => {
    const groups = suggestionGroups(TOML, RULES) ?? [];
    expect(groups.map(({ column, suggestions }) => [column, suggestions.map(({ index }) => index)])).toEqual([
      [undefined, [0]],
      ['a', [2, 3]],
    ]);
    expect(accepted(TOML, groups, new Set())).toBe(TOML);
    expect(accepted(TOML, groups, new Set([2]))).toBe(
      TOML.replace('    # seen: integer\n    { rule = "kind", is = "integer" },\n', ''),
    );
    expect(accepted(TOML, groups, new Set([2, 3]))).not.toContain('[[column]]');
    expect(acceptedInWords(3, 0)).toBe('3 rules');
    expect(acceptedInWords(3, 1)).toBe('2 of 3 rules');
  });

  it('is taken as a whole when its text is not understood', () => {
    expect(suggestionGroups('version = 1', RULES)).toBeUndefined();
  });
});

describe('the text of a contract', () => {
  it('has places by line and character', () => {
    expect(offsetOf('ab\n🦊cd', { line: 2, column: 2 })).toBe(5);
    expect(offsetOf('ab', { line: 9, column: 9 })).toBe(2);
    expect(unified('a\r\nb\rc')).toBe('a\nb\nc');
  });

  it('is told apart from another one by lines', () => {
    const { own, theirs } = differingLines('a\nb\nb', 'b\nc');
    expect(own.map(({ isOnlyHere }) => isOnlyHere)).toEqual([true, false, true]);
    expect(theirs.map(({ isOnlyHere }) => isOnlyHere)).toEqual([false, true]);
  });

  it('is compared to the saved one', () => {
    expect(comparedToSaved(3, 1, { kept: 3, broken: 1 })).toBe('As many as with the saved version.');
    expect(comparedToSaved(4, 0, { kept: 3, broken: 1 })).toBe('With the saved version 3 hold and 1 is broken.');
  });
});

describe('the list of contracts', () => {
  it('finds the newest dataset of each name', () => {
    const contract = (name: string): ContractSummary => ({ name, version: 1, rules: 2, created_ms: 0, created_by: 'u' });
    const dataset = (id: string, created_ms: number, state: Dataset['state'] = 'ready') =>
      ({ id, name: 'flights', created_ms, state }) as Dataset;
    const datasets = [dataset('gone', 9, 'deleted' as Dataset['state']), dataset('new', 5), dataset('old', 1)];
    const lines = contractLines([contract('flights'), contract('other')], datasets, '');
    expect(lines.map((line) => line.dataset?.id)).toEqual(['new', undefined]);
    expect(contractLines([contract('flights'), contract('other')], datasets, 'OTH')).toHaveLength(1);
  });
});
