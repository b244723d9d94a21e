import { describe, expect, it } from 'vitest';

import { complaints } from './password';

describe('a new password', () => {
  it('is long enough and typed twice alike', () => {
    expect(complaints('correct horse', 'correct horse')).toEqual({});
    expect(complaints('short', 'short').password).toBe('It needs at least 10 characters; these are 5.');
    expect(complaints('correct horse', 'correct house').again).toBe('The two are not the same.');
  });
});
