import type { Page } from 'playwright-core';

/** Frames of a page over some time. */
export interface Frames {
  /** Those there was time for. */
  all: number;
  dropped: number;
  longestMs: number;
  /** Changes of the layout that the browser saw. */
  shifts: number;
  /** How many different pictures the first canvas had. */
  pictures: number;
}

/** Counts the frames of a page, at 60 a second. */
export function countFrames(page: Page, secs: number): Promise<Frames> {
  return page.evaluate(async (secs) => {
    const FRAME_MS = 1000 / 60;
    let shifts = 0;
    const observer = new PerformanceObserver((list) => (shifts += list.getEntries().length));
    observer.observe({ type: 'layout-shift' });
    const frame = () => new Promise<number>((done) => requestAnimationFrame(done));
    const canvas = document.querySelector('canvas');
    const pictures = new Set<string | undefined>();
    const counted = { all: 0, dropped: 0, longestMs: 0 };
    const begun = await frame();
    for (let last = begun, lookedMs = 0; last - begun < secs * 1000; ) {
      const now = await frame();
      const dropped = Math.max(0, Math.round((now - last) / FRAME_MS) - 1);
      counted.all += dropped + 1;
      counted.dropped += dropped;
      counted.longestMs = Math.max(counted.longestMs, now - last);
      // Looking takes time itself.
      if (now - lookedMs > 900) {
        pictures.add(canvas?.toDataURL());
        lookedMs = now;
        last = await frame();
      } else last = now;
    }
    observer.disconnect();
    return { ...counted, shifts, pictures: pictures.size };
  }, secs);
}
