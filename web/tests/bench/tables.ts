import { closeSync, openSync, writeSync } from 'node:fs';

/** Rows that are written at once. */
const BLOCK_ROWS = 10_000;

/** Numbers between 0 and 1 that are the same every time (Lehmer, modulus 2^31 - 1, multiplier 48271). */
function lots(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

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

/** A table with very many columns; `later` moves every tenth. */
export function wideTable(columns: number, rows: number, later: boolean): string {
  const lot = lots(later ? 11 : 13);
  const lines = [Array.from({ length: columns }, (_, column) => `column_${column}`).join(',')];
  for (let row = 0; row < rows; row += 1) {
    const cells = Array.from({ length: columns }, (_, column) => {
      const moved = later && column % 10 === 0 ? 0.4 : 0;
      return (lot() + lot() + lot() + moved).toFixed(4);
    });
    lines.push(cells.join(','));
  }
  return `${lines.join('\n')}\n`;
}
