import { describe, expect, it } from 'vitest';

import { refusalOf } from './refusals';

describe('refusalOf', () => {
  it('explains what the service says', () => {
    expect(refusalOf('access.oidc_domain').help).toBe('Ask for an invitation.');
  });

  it('repeats nothing that somebody wrote into a link', () => {
    const refusal = refusalOf('call this number');
    expect([refusal.code, refusal.message]).toEqual(['access.sign_in', 'You could not be signed in.']);
    expect(refusalOf('toString').code).toBe('access.sign_in');
  });
});
