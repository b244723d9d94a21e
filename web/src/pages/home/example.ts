/** Rows of each table: enough for clear answers, and sent in no time. */
const ROWS = 4_000;

/** Two made-up months of orders, in which three things have changed. */
export function exampleFiles(): File[] {
  return [
    file('orders-april.csv', orders(7, { month: 4, deliveryDays: 3, cardShare: 0.6, missingShare: 0.01 })),
    file('orders-may.csv', orders(8, { month: 5, deliveryDays: 4.2, cardShare: 0.42, missingShare: 0.09 })),
  ];
}

interface Month {
  month: number;
  /** Typical days until an order arrives. */
  deliveryDays: number;
  /** Share of orders that are paid by card. */
  cardShare: number;
  /** Share of orders without an age of the customer. */
  missingShare: number;
}

/** A table of orders as CSV; the same seed gives the same table. */
export function orders(seed: number, how: Month): string {
  const draw = generator(seed);
  const bell = () => draw() + draw() + draw() - 1.5;
  const lines = ['order,day,amount_eur,items,delivery_days,payment,country,customer_age'];
  for (let row = 1; row <= ROWS; row += 1) {
    const day = String(1 + Math.floor(draw() * 30)).padStart(2, '0');
    const amount = Math.exp(3.4 + bell() * 1.1).toFixed(2);
    const items = 1 + Math.floor(draw() ** 2 * 6);
    const delivery = Math.max(0.5, how.deliveryDays + bell() * 1.6).toFixed(1);
    const payment = draw() < how.cardShare ? 'card' : draw() < 0.7 ? 'wallet' : 'invoice';
    const country = ['DE', 'DE', 'FR', 'NL', 'PL'][Math.floor(draw() * 5)];
    const age = draw() < how.missingShare ? '' : String(Math.round(42 + bell() * 22));
    const order = how.month * 100_000 + row;
    lines.push(`${order},2026-0${how.month}-${day},${amount},${items},${delivery},${payment},${country},${age}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Numbers that look drawn by lot, 0..1 (Park and Miller). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function file(name: string, content: string): File {
  return new File([content], name, { type: 'text/csv', lastModified: 0 });
}
