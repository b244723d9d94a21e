import { expect, it } from 'vitest';

import { inTurn, outOfTurn } from './pacer';

it('does the latest of what was asked for, in turn, and nothing for those who are gone', async () => {
  const done: string[] = [];
  const [a, b, c] = [{}, {}, {}];
  inTurn(a, () => done.push('a, too early'));
  inTurn(b, () => done.push('b'));
  inTurn(c, () => done.push('c'));
  inTurn(a, () => done.push('a'));
  outOfTurn(c);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(done).toEqual(['a', 'b']);
});
