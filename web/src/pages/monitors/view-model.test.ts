import { describe, expect, it } from 'vitest';

import type { MonitorDetails, MonitorSettings } from '../../api/schema';
import { createCommand, feedFrom, feedWords, pushCommand } from './feeds';
import { conditionOf, named, ordered, rateWords, summary, tileOf } from './view-model';

interface Given {
  name?: string;
  state?: 'running' | 'paused';
  open?: number;
  learned?: number;
  error?: string[];
}

function monitor({ name = 'orders', state = 'running', open = 0, learned = 1, error }: Given = {}): MonitorDetails {
  const status = { learned_ratio: learned, series: 1, rows: 9, lost_rows: 0, rows_per_sec: 411.6, last_window_ms: 5, judge_secs: 0 };
  return {
    monitor: {
      ...{ id: name, workspace_id: 'w', name, feed: { kind: 'push' }, settings: {} as MonitorSettings, state, version: 1 },
      ...{ created_ms: 1, created_by: 'u', updated_ms: 1 },
    },
    status: { ...status, ...(error && { error }) },
    findings_open: open,
    metrics: [],
  };
}

describe('the list of monitors', () => {
  it('says how each is in one word, what matters most first', () => {
    expect(conditionOf(monitor())).toBe('watching');
    expect(conditionOf(monitor({ learned: 0.4 }))).toBe('learning');
    expect(conditionOf(monitor({ learned: 0.4, open: 1 }))).toBe('unusual');
    expect(conditionOf(monitor({ open: 1, error: ['feed.lost', 'gone'] }))).toBe('failing');
    expect(conditionOf(monitor({ open: 1, error: ['feed.lost', 'gone'], state: 'paused' }))).toBe('paused');
  });

  it('shows the rate, what is learned and what is wrong with the feed', () => {
    expect(tileOf(monitor({ learned: 0.4, error: ['feed.lost', 'gone'] }))).toMatchObject({
      ...{ rate: '412', learned: '40 %', error: { code: 'feed.lost', message: 'gone' } },
    });
    expect(tileOf(monitor({ state: 'paused' })).rate).toBe('0');
    expect([0, 3.27, 42.4, 12_345].map(rateWords)).toEqual(['0', '3.27', '42', '12.3 k']);
  });

  it('says how all of them are in a sentence', () => {
    expect(summary([])).toBe('Nothing is watched yet.');
    expect(summary([monitor()])).toBe('1 monitor, nothing unusual.');
    expect(summary([monitor({ open: 2 }), monitor({ learned: 0 }), monitor({ state: 'paused' })])).toBe(
      '1 of 3 monitors sees something unusual, 1 still learns what is usual, 1 paused.',
    );
  });

  it('lists those to look at first, first', () => {
    const all = [monitor({ name: 'b' }), monitor({ name: 'c', open: 1 }), monitor({ name: 'a' })];
    expect(ordered(all).map(({ monitor: { name } }) => name)).toEqual(['c', 'a', 'b']);
    expect(named(all, ' B').map(({ monitor: { name } }) => name)).toEqual(['b']);
  });
});

describe('feeds', () => {
  it('are made of what was typed; what is empty is left out', () => {
    expect(feedFrom('push', { path: '/x' })).toEqual({ kind: 'push' });
    expect(feedFrom('file', { path: ' /x ' })).toEqual({ kind: 'file', path: '/x', format: 'ndjson' });
    expect(feedFrom('rest', { url: 'http://a', cursor: '' })).toEqual({ kind: 'rest', url: 'http://a' });
  });

  it('are said in words', () => {
    expect(feedWords({ kind: 'folder', path: '/x', pattern: '*.csv', format: 'csv' })).toBe('*.csv in /x');
    expect(feedWords({ kind: 'nats', url: 'nats://h', stream: 'S' })).toBe('S of nats://h');
    expect(feedWords({ kind: 'kafka', brokers: 'h:9092', topic: 't' })).toBe('t of h:9092');
  });

  it('are begun from a terminal', () => {
    expect(createCommand('http://h')).toContain('http://h/api/v1/monitors ');
    expect(pushCommand('http://h', '7')).toContain('/api/v1/monitors/7/rows');
  });
});
