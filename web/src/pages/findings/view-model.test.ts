import { describe, expect, it } from 'vitest';

import type { FindingRecord, User } from '../../api/schema';
import { commandOf } from './keys';
import {
  closing,
  conversation,
  evidenceHref,
  filterFrom,
  fits,
  initials,
  mentionAt,
  mentions,
  moves,
  plain,
  rowsOf,
  step,
  suggestions,
  summary,
} from './view-model';

const finding = (id: string, more: Partial<FindingRecord> = {}): FindingRecord => ({
  id,
  workspace_id: 'w',
  check_id: 'c',
  code: 'drift.value',
  severity: 'low',
  column: 'price',
  message: '`price` moved up.',
  state: 'open',
  version: 1,
  created_ms: 1,
  updated_ms: 1,
  ...more,
});
const user = (id: string, name: string, email: string): User => {
  return { id, name, email, has_password: true, created_ms: 0 };
};
const people = new Map([
  ['1', user('1', 'Ada Lovelace', 'ada@example.com')],
  ['2', user('2', 'Grace', 'grace@example.com')],
]);
const filter = filterFrom(() => undefined);

describe('the filter', () => {
  it('is read from the address and lists what is open by default', () => {
    expect(filter.state).toBe('open');
    const asked = new URLSearchParams('state=muted&severity=high&assignee=me&q=price&severity=low');
    const read = filterFrom((name) => asked.get(name) ?? undefined);
    expect(read).toMatchObject({ state: 'muted', severity: 'high', assignee: 'me', text: 'price' });
    expect(filterFrom((name) => (name === 'severity' ? 'enormous' : undefined)).severity).toBeUndefined();
  });

  it('tells whether a new finding belongs into the list', () => {
    expect(fits(finding('a'), { ...filter, severity: 'medium' }, '1')).toBe(false);
    expect(fits(finding('a', { severity: 'critical' }), { ...filter, severity: 'medium' }, '1')).toBe(true);
    expect(fits(finding('a', { assignee: '1' }), { ...filter, assignee: 'me' }, '1')).toBe(true);
    expect(fits(finding('a', { assignee: '1' }), { ...filter, assignee: 'nobody' }, '1')).toBe(false);
    expect(fits(finding('a'), { ...filter, text: 'PRICE MOVED' }, '1')).toBe(false);
    expect(fits(finding('a'), { ...filter, text: 'MOVED UP' }, '1')).toBe(true);
    expect(fits(finding('a'), { ...filter, column: 'qty' }, '1')).toBe(false);
  });
});

describe('the list', () => {
  it('groups by incident where the newest finding stands, and folds', () => {
    const all = [
      finding('a', { incident_id: 'i' }),
      finding('b'),
      finding('c', { incident_id: 'i' }),
      finding('d', { incident_id: 'j' }),
    ];
    const ids = (folded: string[]) => rowsOf(all, true, new Set(folded)).map((row) => row.id);
    expect(ids([])).toEqual(['incident i', 'a', 'c', 'b', 'incident j', 'd']);
    expect(ids(['i'])).toEqual(['incident i', 'b', 'incident j', 'd']);
    expect(rowsOf(all, false, new Set()).map((row) => row.id)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('says in a sentence what there is', () => {
    expect(summary([finding('a'), finding('b', { severity: 'high' })], filter, false)).toBe('2 open findings, 1 high.');
    expect(summary([finding('a')], { ...filter, state: 'all' }, true)).toBe('More than 1 finding, all low.');
    expect(summary([], filter, false)).toBe('No open findings.');
    expect(summary([], { ...filter, text: 'x' }, false)).toBe('No open finding fits the filter.');
  });

  it('shows names as names, also hostile ones', () => {
    expect(plain('`a` rose, `<b>\u202e` fell')).toBe('a rose, <b>\\u{202e} fell');
    expect(plain('`unclosed')).toBe('`unclosed');
    expect(evidenceHref(finding('a', { column: 'a/b c' }))).toBe('/checks/c/columns/a%2Fb%20c');
    expect(initials('Ada Lovelace')).toBe('AL');
    expect(initials('👩‍🚀')).not.toBe('');
    expect(initials('')).toBe('?');
  });
});

describe('the conversation', () => {
  const history = {
    finding: finding('a', { state: 'resolved' }),
    comments: [{ id: 'x', user_id: '2', text: 'Look', mentions: [], created_ms: 20 }],
    activity: [
      { at_ms: 10, actor: '1', what: 'state: open → acknowledged' },
      { at_ms: 30, actor: '1', what: 'state: acknowledged → resolved' },
    ],
  };

  it('mixes what was said and done in order of time, and tells what closed it', () => {
    expect(conversation(history).map((entry) => entry.atMs)).toEqual([10, 20, 30]);
    expect(closing(history)).toEqual({ atMs: 30, userId: '1' });
    expect(closing({ ...history, finding: finding('a') })).toBeUndefined();
  });

  it('words the steps', () => {
    expect(step('state: open → acknowledged', '1', people)).toBe('acknowledged this');
    expect(step('assignee: 1', '1', people)).toBe('took this on');
    expect(step('assignee: 2', '1', people)).toBe('assigned Grace');
    expect(step('assignee: nobody', '1', people)).toBe('took the assignment away');
    expect(step('confirmed: yes', '1', people)).toContain('real problem');
    expect(step('something new', '1', people)).toBe('something new');
    expect(step('state: open → resolved, with 3 of its findings', '1', people)).toBe(
      'resolved this, with 3 of its findings',
    );
  });

  it('marks mentions of people and completes them', () => {
    expect(mentions('Hi @Ada@example.com, and @x@y.z', people)).toEqual([
      { text: 'Hi ', isMention: false },
      { text: '@Ada@example.com', isMention: true },
      { text: ', and ', isMention: false },
      { text: '@x@y.z', isMention: false },
    ]);
    expect(mentionAt('see @gr', 7)).toEqual({ start: 4, typed: 'gr' });
    expect(mentionAt('mail me@gr', 10)).toBeUndefined();
    expect(suggestions('gr', people).map((one) => one.id)).toEqual(['2']);
    expect(suggestions('love', people).map((one) => one.id)).toEqual(['1']);
    expect(suggestions('', people)).toHaveLength(2);
  });

  it('offers what may be done', () => {
    expect(moves('open').map((move) => move.to)).toEqual(['acknowledged', 'resolved', 'muted']);
    expect(moves('resolved').map((move) => move.to)).toEqual(['open']);
  });
});

describe('keys', () => {
  const press = (key: string, more = {}) => {
    return commandOf({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more });
  };
  it('say what they ask for, and leave those of the browser alone', () => {
    expect(press('j')).toEqual({ do: 'move', by: 1 });
    expect(press('J', { shiftKey: true })).toEqual({ do: 'extend', by: 1 });
    expect(press('r')).toEqual({ do: 'state', to: 'resolved' });
    expect(press('r', { ctrlKey: true })).toBeUndefined();
    expect(press('q')).toBeUndefined();
  });
});
