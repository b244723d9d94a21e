import { describe, expect, it } from 'vitest';

import type { Notice } from '../../api/schema';
import { inSign, pageOf } from './notices';

const notice: Notice = {
  id: 'n',
  workspace_id: 'w',
  user_id: 'u',
  actor: 'a',
  kind: 'mention',
  text: '',
  created_ms: 0,
};

describe('a notice', () => {
  it('leads to what it is about', () => {
    expect(pageOf({ ...notice, finding_id: 'f', incident_id: 'i' })).toBe('/findings?finding=f');
    expect(pageOf({ ...notice, incident_id: 'i' })).toBe('/findings?incident=i');
    expect(pageOf(notice)).toBe('/findings');
  });

  it('is counted in little room', () => {
    expect([0, 7, 99, 100].map(inSign)).toEqual(['0', '7', '99', '99+']);
  });
});
