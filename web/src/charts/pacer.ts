import { flushSync } from 'svelte';

/** How long scripts may draw in one frame, in milliseconds: what they drew takes the browser several times as long. */
const BUDGET_MS = 1;

const waiting = new Map<object, () => void>();
let isAsked = false;

/**
 * Does work for something in one of the next frames: as much in each as there is time for. Twenty charts that move with
 * the same second are drawn over a few frames, and none is dropped. What is asked for again keeps its turn.
 */
export function inTurn(whom: object, work: () => void): void {
  waiting.set(whom, work);
  ask();
}

/** Forgets what was to be done for something that is no more. */
export function outOfTurn(whom: object): void {
  waiting.delete(whom);
}

function draw(): void {
  isAsked = false;
  const begun = performance.now();
  try {
    for (const [whom, work] of waiting) {
      waiting.delete(whom);
      work();
      flushSync();
      if (performance.now() - begun > BUDGET_MS) break;
    }
  } finally {
    // One that fails does not hold up the others.
    if (waiting.size > 0) ask();
  }
}

function ask(): void {
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame(draw);
}
