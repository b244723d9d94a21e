import { describe, expect, it } from 'vitest';

import type { ContractOutcome, RuleOutcome } from '../../api/schema';
import { byColumn, contractName, contractSentence, contractTitle, rowsInWords, rulesWith, saysRows } from './rules';

function rule(status: RuleOutcome['status'], more: Partial<RuleOutcome> = {}): RuleOutcome {
  return {
    rule: 'between',
    promise: '`a` is at least 0',
    status,
    severity: 'medium',
    message: '',
    tolerance: 0,
    estimated: false,
    examples: [],
    ...more,
  };
}

function outcome(rules: RuleOutcome[], name = 'flights@3'): ContractOutcome {
  const many = (status: RuleOutcome['status']) => rules.filter((one) => one.status === status).length;
  return { name, kept: many('kept'), broken: many('broken'), unjudged: many('unjudged'), rules };
}

describe('the rules of a contract in a report', () => {
  it('are summed up in a sentence', () => {
    expect(contractSentence(outcome([]))).toBe('The contract has no rules.');
    expect(contractSentence(outcome([rule('kept')]))).toBe('The only rule holds.');
    expect(contractSentence(outcome([rule('kept'), rule('kept')]))).toBe('All 2 rules hold.');
    expect(contractSentence(outcome([rule('kept'), rule('broken'), rule('unjudged'), rule('skipped')]))).toBe(
      '1 of 4 rules holds; 1 is broken, 1 could not be judged, 1 was skipped, as the column is not there.',
    );
  });

  it('come by gravity and by column', () => {
    const rules = [
      rule('broken', { severity: 'low', column: 'a' }),
      rule('broken', { severity: 'critical' }),
      rule('kept', { column: 'a' }),
    ];
    expect(rulesWith(rules, 'broken').map(({ severity }) => severity)).toEqual(['critical', 'low']);
    expect(byColumn(rules).map(([column, own]) => [column, own.length])).toEqual([
      ['a', 2],
      [undefined, 1],
    ]);
  });

  it('tell how many rows break them, once', () => {
    const broken = rule('broken', { rows_broken: 2, rows_judged: 29_425, message: '`a` is below 0 in 2 of 29,425 rows' });
    expect(rowsInWords(broken)).toBe('2 of 29,425 rows (<0.1 %)');
    expect(saysRows(broken)).toBe(true);
    const tolerant = { ...broken, tolerance: 0.01, estimated: true };
    expect(rowsInWords(tolerant)).toBe('about 2 of 29,425 rows (<0.1 %, up to 1.0 % may)');
    expect(saysRows(tolerant)).toBe(false);
    expect(rowsInWords(rule('broken'))).toBeUndefined();
  });

  it('are named after their contract', () => {
    expect(contractName(outcome([]))).toBe('flights');
    expect(contractTitle(outcome([]))).toBe('flights, version 3');
    expect(contractTitle(outcome([], 'rules.toml'))).toBe('rules.toml');
  });
});
