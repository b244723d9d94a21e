import { expect, it } from 'vitest';

import { holds } from './search';

it('finds texts by words in any order', () => {
  expect(holds('Flights July.csv', 'july  flight')).toBe(true);
  expect(holds('orders.csv', 'july')).toBe(false);
  expect(holds('orders.csv', ' ')).toBe(true);
});
