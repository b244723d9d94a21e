import { describe, expect, it } from 'vitest';

import type { Check, FindingRecord, HealthCheck } from '../../api/schema';
import { bySeverity, checkLine, foremost, health, summary } from './view-model';

function check(changes: Partial<Check> = {}): Check {
  return {
    id: 'c',
    workspace_id: 'w',
    state: 'done',
    current: { dataset: 'a' },
    reference: { dataset: 'b' },
    names: ['now.csv', 'before.csv'],
    created_ms: 1,
    created_by: 'u',
    verdict: 'drifted',
    headline: '4 of 19 columns drifted',
    ...changes,
  };
}

function finding(severity: string, created_ms = 0): FindingRecord {
  return {
    id: `${severity} ${created_ms}`,
    workspace_id: 'w',
    check_id: 'c',
    code: 'drift.value',
    message: '',
    severity,
    state: 'open',
    created_ms,
    updated_ms: 0,
    version: 1,
  };
}

describe('the summary', () => {
  it('says what is going on', () => {
    expect(summary([], [], false)).toMatch(/^Compare two files/);
    expect(summary([check()], [], false)).toBe('The last check found drift, no finding is open.');
    const three = [check(), check({ verdict: 'stable' }), check({ state: 'running' })];
    expect(summary(three, [finding('high'), finding('low')], false)).toBe(
      '1 check running, 1 of the last 2 checks found drift, 2 findings are open, 1 of high severity.',
    );
    expect(summary([check()], [finding('high'), finding('high')], true)).toContain(
      'more than 2 findings are open, all of high severity',
    );
  });
});

describe('a check', () => {
  it('is its answer, or how far it is', () => {
    expect(checkLine(check())).toMatchObject({ text: '4 of 19 columns drifted', verdict: 'drifted' });
    expect(checkLine(check({ state: 'failed', error: ['data.csv', 'no rows'] }))).toMatchObject({
      text: 'no rows',
      verdict: undefined,
    });
    const progress = {
      phase: 'current',
      bytes: 50,
      bytes_total: 200,
      rows: 1,
      rows_per_sec: 1,
      chunk_secs: 1,
      memory_bytes: 1,
      memory_budget_bytes: 2,
      recent_chunk_secs: [1],
    };
    expect(checkLine(check({ state: 'running', progress }))).toMatchObject({
      text: 'Reads the current data: 25 %.',
      ratio: 0.25,
    });
  });
});

describe('findings', () => {
  it('are counted and ordered by severity', () => {
    const all = [finding('low', 9), finding('critical', 1), finding('high', 2), finding('high', 3)];
    expect(bySeverity(all).map(({ severity, many }) => [severity, many])).toEqual([
      ['critical', 1],
      ['high', 2],
      ['low', 1],
    ]);
    expect(foremost(all, 3).map(({ id }) => id)).toEqual(['critical 1', 'high 3', 'high 2']);
  });
});

describe('health', () => {
  const good: HealthCheck = { name: 'data_folder', ok: true, state: 'ok', required: true, detail: 'can be written to' };

  it('is the worst of what was looked at', () => {
    expect(health([good]).tone).toBe('good');
    expect(health([good, { ...good, state: 'warning' }])).toMatchObject({
      tone: 'warning',
      troubles: [{ name: 'data folder' }],
    });
    expect(health([{ ...good, state: 'failed', required: false }]).tone).toBe('warning');
    expect(health([{ ...good, ok: false, state: 'failed' }]).tone).toBe('bad');
  });
});
