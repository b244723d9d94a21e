import { describe, expect, it } from 'vitest';

import { Problem } from '../../api/problem';
import type { AlertRule, AlertRuleSettings, Channel, ChannelEntry, Delivery } from '../../api/schema';
import {
  advice,
  answerOf,
  deliveryFilterFrom,
  destination,
  draftOf,
  hasMoved,
  moved,
  newRule,
  previewWords,
  refreshed,
  ruleExtras,
  ruleWords,
  sentOf,
  shownBody,
  stillTold,
} from './view-model';

const NOW = 1_800_000_000_000;
const base = { workspace_id: 'w', version: 1, created_ms: 0, created_by: 'u', updated_ms: 0 };

function channel(id: string, more: Partial<Channel> = {}): Channel {
  return { ...base, id, name: id, kind: 'webhook', enabled: true, config: {}, secrets: {}, templates: {}, ...more };
}

function rule(more: Partial<AlertRuleSettings>): AlertRule {
  return { ...base, id: 'r', position: 0, settings: { ...newRule([]), ...more } };
}

function delivery(id: string, more: Partial<Delivery> = {}): Delivery {
  return {
    id,
    workspace_id: 'w',
    channel_id: 'a',
    channel_name: 'a',
    channel_kind: 'webhook',
    event: 'raised',
    title: 't',
    severity: 'high',
    state: 'delivered',
    attempts: 1,
    created_ms: NOW - 180_000,
    ...more,
  };
}

const webhook: ChannelEntry = {
  id: 'webhook',
  name: 'Webhook',
  summary: 's',
  keeps_incidents: false,
  fields: [
    { name: 'url', label: 'Address', shape: 'url', choices: [], required: true, secret: false, is_destination: true, default: '', doc: '' },
    { name: 'key', label: 'Key', shape: 'text', choices: [], required: false, secret: true, is_destination: false, default: '', doc: '' },
  ],
  templates: [{ name: 'body', doc: '', default: '{}' }],
};
const night = { time_zone: 'UTC', windows: [{ days: [], from: '22:00', to: '07:00' }], critical_breaks_through: true };

describe('the answer', () => {
  const two = [channel('a'), channel('b')];

  it('says who is told of what, when not, and whether it works', () => {
    const rules = [rule({ channels: ['a', 'b'], quiet: night })];
    expect(answerOf(two, rules, [delivery('1')], NOW)).toBe(
      'High and critical incidents go to 2 channels; quiet from 22:00 to 07:00; the last alert arrived 3 minutes ago.',
    );
    expect(answerOf(two, rules, [delivery('1', { state: 'failed' })], NOW)).toContain('the last alert did not arrive');
  });

  it('says why nobody is told', () => {
    expect(answerOf([], [], [], NOW)).toContain('there is no channel');
    expect(answerOf(two, [], [], NOW)).toContain('2 channels wait for a rule');
    expect(answerOf(two, [rule({ enabled: false })], [], NOW)).toContain('the rule is switched off');
    expect(answerOf([channel('a', { enabled: false })], [rule({ channels: ['a'] })], [], NOW)).toContain('switched off');
  });

  it('does not promise more than the rules say', () => {
    const rules = [rule({ channels: ['a'], names: ['orders*'] }), rule({ channels: ['a'], columns: ['x'], quiet: night })];
    expect(answerOf(two, rules, [delivery('1', { event: 'test' })], NOW)).toBe(
      'High and critical incidents that fit a rule go to 1 channel; 1 of 2 rules keeps quiet hours; no alert has been sent yet.',
    );
  });
});

describe('a channel', () => {
  it('tells where it sends to without secrets', () => {
    expect(destination(channel('a', { config: { url: 'https://x.example' } }), webhook)).toBe('https://x.example');
    const [url] = webhook.fields;
    const slack = { ...webhook, fields: url === undefined ? [] : [{ ...url, secret: true }] };
    expect(destination(channel('a', { secrets: { url: true } }), slack)).toBe('its address is kept secret');
  });

  it('is sent without what is empty and without default templates', () => {
    const draft = { ...draftOf(undefined), name: ' A ', config: { url: ' https://x ', gone: 'y' }, templates: { body: '{}' } };
    expect(sentOf({ ...draft, secrets: { key: '' } }, webhook)).toEqual({
      name: 'A',
      config: { url: 'https://x' },
      secrets: {},
      templates: {},
    });
    expect(sentOf({ ...draft, secrets: { key: null } }, webhook).secrets).toEqual({ key: null });
  });

  it('is kept while rules tell it, and says which', () => {
    const { message } = stillTold(new Problem(409, 'data.conflict', 'no', undefined, undefined, ['A', 'B']));
    expect(message).toBe('It is still told by the rules “A”, “B”');
  });

  it('asks for its secrets again when the place changes', () => {
    const known = channel('a', { config: { url: 'https://x' }, secrets: { key: true } });
    const draft = draftOf(known);
    expect(hasMoved(known, draft, webhook)).toBe(false);
    expect(hasMoved(known, { ...draft, config: { url: 'https://y' } }, webhook)).toBe(true);
    expect(hasMoved({ ...known, secrets: { key: false } }, { ...draft, config: { url: 'https://y' } }, webhook)).toBe(false);
  });
});

describe('a rule', () => {
  it('is put in words', () => {
    const { settings } = rule({ channels: ['a', 'z'], columns: ['price'], min_severity: 'critical' });
    expect(ruleWords(settings, new Map([['a', 'Team']]))).toBe(
      'Critical incidents in columns price go to Team, a deleted channel',
    );
    expect(ruleExtras({ ...settings, min_duration_secs: 300, repeat_mins: 60, quiet: night, stops: true })).toEqual([
      'after 5 min',
      'quiet from 22:00 to 07:00',
      'reminds every 60 min',
      'later rules are not asked',
    ]);
  });

  it('goes up and down, and not over the ends', () => {
    expect(moved(['a', 'b', 'c'], 'b', -1)).toEqual(['b', 'a', 'c']);
    expect(moved(['a', 'b', 'c'], 'b', 1)).toEqual(['a', 'c', 'b']);
    expect(moved(['a', 'b'], 'a', -1)).toEqual(['a', 'b']);
  });

  it('says what it would have done', () => {
    const incident = { id: 'i', title: 't', severity: 'high', state: 'open' as const, first_seen_ms: 0, matches: true };
    expect(previewWords({ incidents: [], alerts: 0 })).toContain('no past incidents');
    expect(previewWords({ incidents: [incident, { ...incident, matches: false }], alerts: 1 })).toBe(
      'It would have told of 1 of the last 2 incidents.',
    );
    expect(previewWords({ incidents: [incident, incident], alerts: 1 })).toContain('1 more would have been over before');
  });
});

describe('deliveries', () => {
  it('say what to do', () => {
    expect(advice(delivery('1'))).toBeUndefined();
    expect(advice(delivery('1', { state: 'failed', error: 'answered 401', http_status: 401 }))).toContain('secrets');
    expect(advice(delivery('1', { state: 'failed', error: 'answered 410', http_status: 410 }))).toContain('address');
    expect(advice(delivery('1', { state: 'pending', error: 'no answer' }))).toContain('by itself');
  });

  it('keep what is older when the newest come anew', () => {
    const known = ['4', '3', '2', '1'].map((id) => delivery(id));
    const ids = (list: Delivery[]) => list.map((one) => one.id);
    expect(ids(refreshed(known, [delivery('5'), delivery('4'), delivery('3')], true))).toEqual(['5', '4', '3', '2', '1']);
    expect(ids(refreshed(known, [delivery('9')], true))).toEqual(['9']);
    expect(ids(refreshed(known, [delivery('4')], false))).toEqual(['4']);
  });

  it('are narrowed by what the address holds', () => {
    const query: Record<string, string> = { state: 'failed', of: 'a' };
    expect(deliveryFilterFrom((name) => query[name])).toEqual({ channel: 'a', state: 'failed', incident: undefined });
    expect(deliveryFilterFrom(() => 'nonsense').state).toBeUndefined();
  });
});

it('shows JSON in lines, and other text as it is', () => {
  expect(shownBody('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(shownBody('a sentence')).toBe('a sentence');
});
