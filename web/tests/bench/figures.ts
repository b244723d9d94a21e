import { appendFileSync, writeFileSync } from 'node:fs';

/** One figure with the number that is asked of it. */
export interface Figure {
  what: string;
  measured: string;
  asked: string;
}

const figures: Figure[] = [];

/** Keeps a figure and prints it. */
export function figure(what: string, measured: string, asked: string): void {
  figures.push({ what, measured, asked });
  console.log(`${what}: ${measured} (asked: ${asked})`);
}

/** Writes the figures as a table into the file that `WRITE` names. */
export function writeFigures(about: string, command: string): void {
  const file = process.env.WRITE;
  if (file === undefined || file === '') return;
  const head = '| what | measured | asked |\n|---|---|---|\n';
  writeFileSync(file, `# Latest figures: ${about}\n\nMade by \`${command}\`. Chromium without a graphics card, the program and the browser on the same two cores.\n\n`);
  appendFileSync(file, head + figures.map((one) => `| ${one.what} | ${one.measured} | ${one.asked} |\n`).join(''));
}
