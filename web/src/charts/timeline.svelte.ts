/** How often a chart that is live moves, in milliseconds. */
const EVERY_MS = 1_000;
/** How long after the whole second it moves, in milliseconds: the values of the second have come by then. */
const AFTER_MS = 150;

interface Options {
  /** The width of the window, in milliseconds. */
  windowMs: number;
  /** The clock that the values come by. */
  now?: () => number;
}

/**
 * What charts of the same time have in common: the window that they show, whether it ends now and moves, and the moment
 * that is pointed at. One of them is given to all charts of a page.
 */
export class Timeline {
  /** Width of the window, in milliseconds. */
  windowMs = $state(0);
  /** The moment that is pointed at, on all charts. */
  cursorMs = $state<number>();
  /** The earliest moment that there are values of. */
  oldestMs = $state<number>();
  /** The present moment, in whole seconds. */
  nowMs = $state(0);
  /** The end of the window while it stands still. */
  #heldMs = $state<number>();
  readonly #now: () => number;

  constructor({ windowMs, now = Date.now }: Options) {
    this.windowMs = windowMs;
    this.#now = now;
    this.tick();
  }

  get isLive(): boolean {
    return this.#heldMs === undefined;
  }

  get endMs(): number {
    return this.#heldMs ?? this.nowMs;
  }

  get startMs(): number {
    return this.endMs - this.windowMs;
  }

  /** How far the window is behind the present, in milliseconds. */
  get behindMs(): number {
    return this.nowMs - this.endMs;
  }

  /** The window stands still; what comes is kept. */
  pause(): void {
    this.#heldMs ??= this.nowMs;
  }

  /** The window ends now again. */
  resume(): void {
    this.#heldMs = undefined;
  }

  /** Moves the end of the window to a moment. It stays within what is known; at its end it is live. */
  scrubTo(endMs: number): void {
    const first = Math.min((this.oldestMs ?? -Infinity) + this.windowMs, this.nowMs);
    if (endMs >= this.nowMs) this.resume();
    else this.#heldMs = Math.max(endMs, first);
  }

  /** Moves the window by a span of time. */
  scrubBy(ms: number): void {
    this.scrubTo(this.endMs + ms);
  }

  /** Points at a moment, which stays in sight. */
  point(timeMs: number | undefined): void {
    this.cursorMs = timeMs === undefined ? undefined : Math.min(Math.max(timeMs, this.startMs), this.endMs);
  }

  /** Looks at the clock. */
  tick(): void {
    this.nowMs = Math.floor(this.#now() / EVERY_MS) * EVERY_MS;
    // What left the window is no longer pointed at.
    if (this.cursorMs !== undefined && this.cursorMs < this.startMs) this.cursorMs = undefined;
  }

  /** Ticks with every second until it is told to stop; rests while the page is hidden. */
  start(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const go = (): void => {
      clearTimeout(timer);
      if (!document.hidden) this.tick();
      timer = setTimeout(go, EVERY_MS - ((this.#now() - AFTER_MS) % EVERY_MS));
    };
    go();
    document.addEventListener('visibilitychange', go);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', go);
    };
  }
}
