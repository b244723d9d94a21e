import { describe, expect, it } from 'vitest';

import type { Token, User } from '../../api/schema';
import {
  actorName,
  auditFilterFrom,
  auditQuery,
  chainText,
  errorRates,
  givable,
  healthText,
  subjectHref,
  tabs,
} from './view-model';

const NOW = 1_800_000_000_000;
describe('what a role sees', () => {
  it('is less for those who may less', () => {
    const seen = (own: number) => {
      const ranks = { viewer: 0, editor: 1, admin: 2, owner: 3 };
      return tabs((role) => ranks[role] <= own).map((tab) => tab.id);
    };
    expect(seen(0)).toEqual(['people', 'workspaces', 'settings']);
    expect(seen(2)).toContain('audit');
    expect(givable('admin')).toEqual(['viewer', 'editor', 'admin']);
    expect(givable(undefined)).toEqual([]);
  });
});

describe('the audit log', () => {
  const read = (query: string) => auditFilterFrom((name) => new URLSearchParams(query).get(name) ?? undefined);

  it('asks the service for what the address says', () => {
    const filter = read('q=x&actor=u&action=token&outcome=done&days=7');
    const since_ms = NOW - 7 * 86_400_000;
    expect(auditQuery(filter, NOW)).toEqual({ search: 'x', actor: 'u', action: 'token', outcome: 'done', since_ms });
    expect(auditQuery(read(''), NOW)).toEqual({});
    expect(read('days=3&outcome=maybe')).toMatchObject({ days: undefined, outcome: undefined });
  });

  it('names who did it', () => {
    const people = new Map([['u', { id: 'u', name: 'Ada', email: 'a@b' } as User]]);
    const tokens = [{ id: 't', name: 'nightly' } as Token];
    const named = ['u', 't', 'system', '', 'gone'].map((id) => actorName(id, people, tokens));
    expect(named).toEqual(['Ada', 'Token nightly', 'Driftline', 'Somebody unknown', 'gone']);
  });

  it('leads to what a line is about', () => {
    const subject = '0'.repeat(32);
    expect(subjectHref({ action: 'check.create', subject })).toBe(`/checks/${subject}`);
    expect(subjectHref({ action: 'dataset.delete', subject })).toBeUndefined();
    expect(subjectHref({ action: 'check.create', subject: '../../admin' })).toBeUndefined();
  });

  it('says whether the chain holds', () => {
    expect(chainText({ entries: 3, is_intact: true })).toContain('intact: all 3 lines');
    expect(chainText({ entries: 3, is_intact: false, broken_at: 2 })).toContain('broken at line 2');
  });
});

describe('the system', () => {
  it('counts errors a minute', () => {
    const rates = errorRates({ usage: 1 }, { usage: 4, access: 9 }, 60);
    expect(rates.map(({ category, perMinute }) => [category, perMinute])).toEqual([
      ['access', 9],
      ['usage', 3],
    ]);
    expect(errorRates({}, { usage: 4 }, 0)[0]?.perMinute).toBe(0);
  });

  it('is summed up in a sentence', () => {
    const check = (state: string, required = true) => ({ name: 'disk', state, required });
    expect(healthText([check('ok')])).toBe('Everything works.');
    expect(healthText([check('warning')])).toContain('1 thing');
    expect(healthText([check('failed', false)])).toContain('something failed');
    expect(healthText([check('failed')])).toContain('cannot work');
  });
});
