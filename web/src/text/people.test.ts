import { describe, expect, it } from 'vitest';

import { nameOf, peopleOf } from './people';

describe('people', () => {
  const user = { id: 'u', name: 'Ann', email: 'ann@example.com', created_ms: 0, has_password: true };
  const people = peopleOf([
    { user, role: 'owner' },
    { user: { ...user, id: 'v', name: '' }, role: 'viewer' },
  ]);

  it('are called by their names, or by their addresses', () => {
    expect(['u', 'v', 'system', 'x'].map((id) => nameOf(id, people))).toEqual([
      'Ann',
      'ann@example.com',
      'Driftline',
      'Somebody who has left',
    ]);
    expect(nameOf('u', peopleOf(undefined), 'somebody')).toBe('somebody');
  });
});
