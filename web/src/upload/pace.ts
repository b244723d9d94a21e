/** Over how long the rate is taken, in milliseconds: long enough to be calm, short enough to follow. */
const WINDOW_MS = 4_000;
/** Waits between attempts after the connection broke, in milliseconds; the last is kept to. */
const WAITS_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/** How fast something goes on. */
export class Pace {
  #samples: { ms: number; bytes: number }[] = [];

  /** Notes how far it has come. Going back, as after a break, begins anew. */
  note(ms: number, bytes: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && bytes < last.bytes) this.#samples = [];
    this.#samples.push({ ms, bytes });
    // One sample from before the window stays, so that there is always a span to divide by.
    while ((this.#samples[1]?.ms ?? Infinity) <= ms - WINDOW_MS) this.#samples.shift();
  }

  /** Bytes a second; nothing until there is something to tell. */
  get bytesPerSec(): number | undefined {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.ms - first.ms < 100) return undefined;
    return ((last.bytes - first.bytes) * 1000) / (last.ms - first.ms);
  }

  forget(): void {
    this.#samples = [];
  }
}

/** Seconds until the rest has come. */
export function secondsLeft(leftBytes: number, bytesPerSec: number | undefined): number | undefined {
  if (bytesPerSec === undefined || bytesPerSec <= 0) return undefined;
  return leftBytes / bytesPerSec;
}

/** How long to wait before the attempt after so many failures in a row. */
export function waitMs(failures: number): number {
  return WAITS_MS[Math.min(Math.max(failures, 1), WAITS_MS.length) - 1] ?? 30_000;
}

/** Whether the same request may work later: there was no answer, or one that speaks of the moment and not of the file. */
export function isPassing(status: number | undefined): boolean {
  return status === undefined || status === 0 || status === 409 || status === 423 || status === 429 || status >= 500;
}
