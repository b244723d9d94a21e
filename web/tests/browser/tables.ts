// Tables that tests make up. The same seed makes the same table.

import { closeSync, openSync, writeSync } from 'node:fs';

/** Numbers in 0..1 that look drawn by lot (mulberry32, public domain). */
function lots(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A table of many columns of numbers and classes; every tenth column moves with the seed. */
export function wideTable(columns: number, rows: number, seed: number): string {
  const draw = lots(seed);
  const lines = [Array.from({ length: columns }, (_, index) => `column_${index}`).join(',')];
  for (let row = 0; row < rows; row += 1) {
    const cells = Array.from({ length: columns }, (_, index) => {
      const shift = index % 10 === 0 ? seed / 4 : 0;
      if (index % 5 === 3) return `class ${Math.floor((draw() + shift / 8) * 6)}`;
      return ((draw() + draw() + draw()) * 10 + shift).toFixed(3);
    });
    lines.push(cells.join(','));
  }
  return lines.join('\n');
}

/** Rows of a feed: twenty columns of every kind, as CSV. */
export function feedRows(rows: number, seed: number): string {
  const draw = lots(seed);
  const numbers = Array.from({ length: 10 }, (_, index) => `measure_${index}`);
  const lines = [['order', 'customer', 'country', 'channel', 'product', 'placed', 'paid', 'items', 'note', 'rebate', ...numbers].join(',')];
  for (let row = 0; row < rows; row += 1) {
    const one = Math.floor(draw() * 1e6);
    const cells = [
      `A-${seed}-${row}`,
      one % 50_000,
      ['CH', 'DE', 'FR', 'IT', 'AT', 'NL'][one % 6],
      one % 10 < 7 ? 'web' : 'shop',
      `product ${Math.floor(one ** 0.5)}`,
      new Date(Date.UTC(2026, 8, 1) + one * 1_000).toISOString().slice(0, 19),
      one % 9 > 0,
      1 + (one % 7),
      one % 20 === 0 ? '' : `note ${row % 97}`,
      (draw() * draw()).toFixed(3),
    ];
    const measures = numbers.map((_, index) => ((draw() + draw() + draw()) * 10 ** (index % 4)).toFixed(2));
    lines.push([...cells, ...measures].join(','));
  }
  return `${lines.join('\n')}\n`;
}

/** Names that try to get out of their place: long, from right to left or turned around, with markup, with formulas. */
export const HOSTILE_NAMES = [
  `long_${'name'.repeat(2_500)}`,
  '<script>alert(1)</script>',
  'שלום_עולם',
  '🎉🎉 "quoted", with `ticks`',
  '=cmd|\u202ecalc',
  'due',
  'a/b?c#d',
] as const;

/** A table with hostile names and values, and with rows that cannot be read. */
export function hostileTable(seed: number, rows = 600): string {
  const draw = lots(seed);
  const lines = [HOSTILE_NAMES.map((name) => `"${name.replaceAll('"', '""')}"`).join(',')];
  for (let row = 0; row < rows; row += 1) {
    const day = new Date(Date.UTC(2020, 0, 1) + (draw() + seed) * 200 * 86_400_000).toISOString().slice(0, 10);
    const word = ['<img src=x onerror=alert(1)>', 'مرحبا', '=1+1', '👩‍👩‍👧‍👦', 'fdp\u202evsc.exe', 'x'.repeat(4_000)][Math.floor(draw() * (4 + seed))] ?? '';
    const cells = [draw() * seed, `"${word}"`, word === '' ? '' : `"${word}"`, Math.floor(draw() * 9 * seed), draw() * 1e12, day, draw() > 0.5];
    lines.push(cells.join(','));
    if (row % 90 === 50) lines.push(`broken <row> ${'z'.repeat(300)},1,2`);
  }
  lines.push([9e15, '"=9"', '""', 9_999, -5, '1999-01-01', true].join(','));
  return lines.join('\n');
}

/** Rows that are written at once. */
const BLOCK_ROWS = 10_000;

/** A file of orders of about this size; `later` moves the amounts up and brings a new country. */
export function writeOrders(path: string, bytes: number, later: boolean): void {
  const file = openSync(path, 'w');
  const lot = lots(later ? 7 : 5);
  let written = writeSync(file, 'order,placed,country,channel,amount,items,weight,note\n');
  for (let row = 0; written < bytes; ) {
    let block = '';
    for (const end = row + BLOCK_ROWS; row < end; row += 1) {
      const country = ['CH', 'DE', 'FR', 'IT', later ? 'ES' : 'AT'][Math.floor(lot() * 5)];
      const amount = (Math.exp(lot() * 3 + 2) * (later ? 1.3 : 1)).toFixed(2);
      const channel = lot() < 0.7 ? 'web' : 'shop';
      const placed = new Date(Date.UTC(2026, later ? 9 : 8, 1) + row * 500).toISOString().slice(0, 19);
      const items = 1 + Math.floor(lot() * 9);
      block += `A-${row},${placed},${country},${channel},${amount},${items},${(lot() * 20).toFixed(3)},note ${row % 97}\n`;
    }
    written += writeSync(file, block);
  }
  closeSync(file);
}
